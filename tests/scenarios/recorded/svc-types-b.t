$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: lb, labels: {a: b}, annotations: {x: y}}
> spec:
>   type: LoadBalancer
>   loadBalancerClass: a.test/lb
>   loadBalancerSourceRanges: [10.0.0.0/8]
>   externalIPs: [5.6.7.8]
>   allocateLoadBalancerNodePorts: false
>   externalTrafficPolicy: Local
>   internalTrafficPolicy: Local
>   sessionAffinity: ClientIP
>   sessionAffinityConfig: {clientIP: {timeoutSeconds: 60}}
>   ipFamilyPolicy: PreferDualStack
>   trafficDistribution: PreferClose
>   selector: {app: x}
>   ports: [{name: a, port: 80, targetPort: web, appProtocol: http}, {name: b, port: 81, protocol: UDP}]
> EOF
error: unable to decode "STDIN": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string
[exit 1]
$ kubectl get svc lb
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl get svc lb -o wide
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl describe svc lb | sed 's/HealthCheck NodePort:.*/HealthCheck NodePort/'
Error from server (NotFound): services "lb" not found
$ kubectl get svc lb -o yaml | grep -vE 'uid|Time|resourceVersion|last-applied|^ *{|healthCheckNodePort|10\.'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb --subresource=status -p '{"status":{"loadBalancer":{"ingress":[{"ip":"9.9.9.9"},{"hostname":"h.test"}]}}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl get svc lb
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl describe svc lb | grep -i ingress
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl wait --for=jsonpath='{.status.loadBalancer.ingress}' svc/lb --timeout=5s
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb --subresource=status -p '{"status":{"loadBalancer":{"ingress":[{"ip":"bad"}]}}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb -p '{"spec":{"loadBalancerClass":"b.test/lb"}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb -p '{"spec":{"type":"ClusterIP"}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb -p '{"spec":{"type":"ClusterIP","loadBalancerClass":null,"externalTrafficPolicy":null,"allocateLoadBalancerNodePorts":null,"loadBalancerSourceRanges":null}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl get svc lb -o jsonpath='{.spec.type} {.spec.healthCheckNodePort} {.spec.externalTrafficPolicy}|{.status}{"\n"}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb -p '{"spec":{"type":"ExternalName"}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl patch svc lb -p '{"spec":{"type":"ExternalName","externalName":"a.test"}}'
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl get svc lb -o wide
Error from server (NotFound): services "lb" not found
[exit 1]
$ kubectl get svc lb -o jsonpath='{.spec.clusterIP}|{.spec.sessionAffinity}|{.spec.ports[*].port}{"\n"}'
Error from server (NotFound): services "lb" not found
[exit 1]
! kubectl create service nodeport np --tcp=80:8080 --tcp=443:https --node-port=31777
$ kubectl create service nodeport np --tcp=80:8080 --tcp=443:https
service/np created
$ kubectl get svc np
NAME   TYPE       CLUSTER-IP      EXTERNAL-IP   PORT(S)                      AGE
np     NodePort   10.101.72.194   <none>        80:32024/TCP,443:32704/TCP   1s
$ kubectl get svc np -o jsonpath='{range .spec.ports[*]}{.name} {.port} {.targetPort}{"\n"}{end}'
80-8080 80 8080
443-https 443 https
$ kubectl describe svc np
Name:                     np
Namespace:                t-svc-types-b
Labels:                   app=np
Annotations:              <none>
Selector:                 app=np
Type:                     NodePort
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.101.72.194
IPs:                      10.101.72.194
Port:                     80-8080  80/TCP
TargetPort:               8080/TCP
NodePort:                 80-8080  32024/TCP
Endpoints:                
Port:                     443-https  443/TCP
TargetPort:               https/TCP
NodePort:                 443-https  32704/TCP
Endpoints:                
Session Affinity:         None
External Traffic Policy:  Cluster
Internal Traffic Policy:  Cluster
Events:                   <none>
$ kubectl patch svc np --type=json -p '[{"op":"replace","path":"/spec/ports/0/nodePort","value":29000}]'
The Service "np" is invalid: spec.ports[0].nodePort: Invalid value: 29000: provided port is not in the valid range. The range of valid ports is 30000-32767
[exit 1]
$ kubectl patch svc np -p '{"spec":{"ports":[{"port":80,"nodePort":31778}]}}'
service/np patched
$ kubectl get svc np -o jsonpath='{.spec.ports[*].nodePort}{"\n"}' | awk '{print $1}'
31778
$ kubectl patch svc np -p '{"spec":{"ports":[{"port":80,"name":"a"},{"port":80,"name":"b"}]}}'
service/np patched
$ kubectl patch svc np --type=merge -p '{"spec":{"ports":[{"port":80},{"port":81}]}}'
The Service "np" is invalid: 
* spec.ports[0].name: Required value
* spec.ports[1].name: Required value
[exit 1]
$ kubectl patch svc np --type=merge -p '{"spec":{"ports":[]}}'
The Service "np" is invalid: spec.ports: Required value
[exit 1]
$ kubectl patch svc np --type=merge -p '{"spec":{"selector":null}}'
service/np patched
$ kubectl patch svc np -p '{"spec":{"type":"Strange"}}'
The Service "np" is invalid: spec.type: Unsupported value: "Strange": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"
[exit 1]
$ kubectl patch svc np -p '{"spec":{"internalTrafficPolicy":"Maybe"}}'
The Service "np" is invalid: spec.internalTrafficPolicy: Unsupported value: "Maybe": supported values: "Cluster", "Local"
[exit 1]
! kubectl patch svc np -p '{"spec":{"ipFamilies":["IPv6"]}}'
$ kubectl patch svc np -p '{"spec":{"ipFamilyPolicy":"RequireDualStack"}}'
The Service "np" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services
[exit 1]
! kubectl patch svc np -p '{"spec":{"externalIPs":["127.0.0.1"]}}'
$ kubectl patch svc np -p '{"spec":{"sessionAffinityConfig":{"clientIP":{"timeoutSeconds":0}},"sessionAffinity":"ClientIP"}}'
The Service "np" is invalid: spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less than 86400
[exit 1]
$ kubectl patch svc np -p '{"spec":{"publishNotReadyAddresses":true}}'
service/np patched
$ kubectl create service clusterip fixed --tcp=80 --clusterip=10.96.200.200
service/fixed created
$ kubectl create service clusterip fixed2 --tcp=80 --clusterip=10.96.200.200
error: failed to create ClusterIP service: Service "fixed2" is invalid: spec.clusterIPs: Invalid value: ["10.96.200.200"]: failed to allocate IP 10.96.200.200: provided IP is already allocated
[exit 1]
$ kubectl create service clusterip fixed3 --tcp=80 --clusterip=1.2.3.4
error: failed to create ClusterIP service: Service "fixed3" is invalid: spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided network does not match the current range
[exit 1]
$ kubectl create service clusterip fixed4 --tcp=80 --clusterip=bad
error: failed to create ClusterIP service: Service "fixed4" is invalid: spec.clusterIPs[0]: Invalid value: "bad": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
[exit 1]
$ kubectl create service clusterip p --tcp=80:0
error: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl create service clusterip p --tcp=a:80
error: strconv.ParseUint: parsing "a": invalid syntax
[exit 1]
$ kubectl create service clusterip p --tcp=80:UPPER
error: must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-),must contain at least one letter (a-z)
[exit 1]
$ kubectl create service clusterip p --tcp=80 --tcp=80
error: failed to create ClusterIP service: Service "p" is invalid: [spec.ports[1].name: Duplicate value: "80", spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}]
[exit 1]
$ kubectl create service clusterip 1bad --tcp=80
service/1bad created
$ kubectl create service clusterip p --clusterip=None --tcp=80:http
service/p created
$ kubectl describe svc p
Name:                     p
Namespace:                t-svc-types-b
Labels:                   app=p
Annotations:              <none>
Selector:                 app=p
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       None
IPs:                      None
Port:                     80-http  80/TCP
TargetPort:               http/TCP
Endpoints:                
Session Affinity:         None
Internal Traffic Policy:  Cluster
Events:                   <none>
$ kubectl get svc p -o jsonpath='{.spec.clusterIPs} {.spec.ipFamilies} {.spec.ipFamilyPolicy}{"\n"}'
["None"] ["IPv4"] SingleStack
$ kubectl patch svc p -p '{"spec":{"clusterIP":"10.96.1.1"}}'
The Service "p" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.1.1"]: may not change once set
[exit 1]
$ kubectl create service externalname e --external-name=x.test --tcp=80
service/e created
$ kubectl get svc e -o wide
NAME   TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE   SELECTOR
e      ExternalName   <none>       x.test        80/TCP    1s    app=e
$ kubectl patch svc e -p '{"spec":{"type":"ClusterIP"}}'
Warning: spec.externalName is ignored when spec.type is not "ExternalName"
service/e patched
$ kubectl get svc --sort-by=.spec.type -o custom-columns=N:.metadata.name,T:.spec.type
N       T
1bad    ClusterIP
e       ClusterIP
fixed   ClusterIP
p       ClusterIP
np      NodePort
$ kubectl get svc -o jsonpath='{.items[?(@.spec.type=="NodePort")].metadata.name}{"\n"}'
np
$ kubectl get endpoints,endpointslices
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
NAME              ENDPOINTS   AGE
endpoints/1bad    <none>      3s
endpoints/e       <none>      1s
endpoints/fixed   <none>      5s
endpoints/np      <none>      10s
endpoints/p       <none>      3s

NAME                                         ADDRESSTYPE   PORTS     ENDPOINTS   AGE
endpointslice.discovery.k8s.io/1bad-qvqxd    IPv4          <unset>   <unset>     3s
endpointslice.discovery.k8s.io/e-nmd9v       IPv4          <unset>   <unset>     1s
endpointslice.discovery.k8s.io/fixed-f5vqv   IPv4          <unset>   <unset>     5s
endpointslice.discovery.k8s.io/np-dxtrv      IPv4          <unset>   <unset>     10s
endpointslice.discovery.k8s.io/p-wqbf9       IPv4          <unset>   <unset>     3s
$ kubectl delete svc --all
service "1bad" deleted from t-svc-types-b namespace
service "e" deleted from t-svc-types-b namespace
service "fixed" deleted from t-svc-types-b namespace
service "np" deleted from t-svc-types-b namespace
service "p" deleted from t-svc-types-b namespace
