! for i in 1 2 3; do kubectl run p$i --image=nginx:1.27 --port=80 --labels=app=m --overrides='{"spec":{"hostname":"h'$i'","subdomain":"m","nodeName":"node-'$i'","terminationGracePeriodSeconds":0}}'; done; kubectl wait --for=condition=Ready pod --all
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: m, labels: {l: "1"}}
> spec: {selector: {app: m}, ports: [{name: web, port: 80, targetPort: 8080}, {name: dns, port: 53, protocol: UDP, appProtocol: x.test/dns}]}
> EOF
service/m created
! sleep 1
! kubectl get endpoints m -o jsonpath='{.subsets[*].ports} {.subsets[*].addresses[*].targetRef.name} {.subsets[*].addresses[*].hostname}{"\n"}'
$ kubectl describe endpoints m | sed 's/10\.[0-9.,]*/IPS/g;s/192[0-9.,]*/IPS/g'
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
Name:         m
Namespace:    t-svc-endpoints-b
Labels:       endpoints.kubernetes.io/managed-by=endpoint-controller
              l=1
Annotations:  endpoints.kubernetes.io/last-change-trigger-time: 2026-11-30T16:11:52Z
Subsets:
  Addresses:          IPS
  NotReadyAddresses:  <none>
  Ports:
    Name  Port  Protocol
    ----  ----  --------
    dns   53    UDP
    web   8080  TCP

Events:  <none>
$ kubectl get endpointslices -l kubernetes.io/service-name=m -o yaml | grep -vE 'uid|Time|resourceVersion|192|10\.|^ *name: p|hostname|nodeName|zone'
apiVersion: v1
items:
- addressType: IPv4
  apiVersion: discovery.k8s.io/v1
  endpoints:
  - addresses:
    conditions:
      ready: true
      serving: true
      terminating: false
    targetRef:
      kind: Pod
      namespace: t-svc-endpoints-b
  - addresses:
    conditions:
      ready: true
      serving: true
      terminating: false
    targetRef:
      kind: Pod
      namespace: t-svc-endpoints-b
  - addresses:
    conditions:
      ready: true
      serving: true
      terminating: false
    targetRef:
      kind: Pod
      namespace: t-svc-endpoints-b
  kind: EndpointSlice
  metadata:
    annotations:
      endpoints.kubernetes.io/last-change-trigger-time: "2026-11-30T16:11:52Z"
    generateName: m-
    generation: 1
    labels:
      endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io
      kubernetes.io/service-name: m
      l: "1"
    name: m-fbq7x
    namespace: t-svc-endpoints-b
    ownerReferences:
    - apiVersion: v1
      blockOwnerDeletion: true
      controller: true
      kind: Service
      name: m
  ports:
  - appProtocol: x.test/dns
    name: dns
    port: 53
    protocol: UDP
  - name: web
    port: 8080
    protocol: TCP
kind: List
metadata:
$ kubectl describe endpointslice -l kubernetes.io/service-name=m | grep -vE 'IP|Name|^ *[0-9]|Addresses' | sort | uniq -c | awk '{$1="";print}'
 kubernetes.io/service-name=m
 l=1
 Ready: true
 Conditions:
 Hostname: h1
 Hostname: h2
 Hostname: h3
 TargetRef: Pod/p1
 TargetRef: Pod/p2
 TargetRef: Pod/p3
 Zone: zone-1
 Zone: zone-2
 Zone: zone-3
 ---- ---- --------
 dns 53 UDP
 web 8080 TCP
 Annotations: endpoints.kubernetes.io/last-change-trigger-time: 2026-11-30T16:11:52Z
 Endpoints:
 Events: <none>
 Labels: endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io
 Ports:
$ kubectl get endpointslices -l kubernetes.io/service-name=m --no-headers | awk '{print $2,$3}'
IPv4 53,8080
$ kubectl describe svc m | grep -v Endpoints
Name:                     m
Namespace:                t-svc-endpoints-b
Labels:                   l=1
Annotations:              <none>
Selector:                 app=m
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.98.140.146
IPs:                      10.98.140.146
Port:                     web  80/TCP
TargetPort:               8080/TCP
Port:                     dns  53/UDP
TargetPort:               53/UDP
AppProtocol:              x.test/dns
Session Affinity:         None
Internal Traffic Policy:  Cluster
Events:                   <none>
$ kubectl label svc m l=2 --overwrite
service/m labeled
! sleep 1
$ kubectl get endpointslices -l l=2 --no-headers | wc -l
1
$ kubectl get endpoints m -o jsonpath='{.metadata.labels}{"\n"}'
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
{"endpoints.kubernetes.io/managed-by":"endpoint-controller","l":"2"}
$ kubectl patch svc m --type=json -p '[{"op":"remove","path":"/spec/ports/1"}]'
service/m patched
! sleep 1
$ kubectl get endpointslices -l kubernetes.io/service-name=m -o jsonpath='{.items[*].ports[*].name}{"\n"}'
web
$ kubectl delete pod p3
pod "p3" deleted from t-svc-endpoints-b namespace
! sleep 1
$ kubectl get endpointslices -l kubernetes.io/service-name=m -o jsonpath='{range .items[0].endpoints[*]}{.targetRef.name} {.conditions} {.nodeName} {.zone}{"\n"}{end}' | sort
p1 {"ready":true,"serving":true,"terminating":false} node-1 zone-1
p2 {"ready":true,"serving":true,"terminating":false} node-2 zone-2
$ kubectl patch pod p2 --subresource=status -p '{"status":{"conditions":[{"type":"Ready","status":"False"}]}}'
pod/p2 patched
! sleep 1
$ kubectl run named --image=nginx:1.27 --labels=app=n --overrides='{"spec":{"nodeName":"node-1","terminationGracePeriodSeconds":0,"containers":[{"name":"c","image":"nginx:1.27","ports":[{"name":"http","containerPort":8181}]}]}}'
pod/named created
$ kubectl expose pod named --port=80 --target-port=http --name=byname
service/byname exposed
$ kubectl wait --for=condition=Ready pod/named
pod/named condition met
! sleep 1
$ kubectl get endpoints byname -o jsonpath='{.subsets[0].ports}{"\n"}'
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
[{"port":8181,"protocol":"TCP"}]
$ kubectl patch svc byname -p '{"spec":{"ports":[{"port":80,"targetPort":"nope"}]}}'
service/byname patched
! sleep 1
$ kubectl get endpoints byname
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
NAME     ENDPOINTS   AGE
byname   <none>      3s
$ kubectl expose pod named --port=80,443 --name=many
service/many exposed
$ kubectl get svc many -o jsonpath='{.spec.ports}{"\n"}'
[{"name":"port-1","port":80,"protocol":"TCP","targetPort":80},{"name":"port-2","port":443,"protocol":"TCP","targetPort":443}]
$ kubectl expose pod named --name=fromport
service/fromport exposed
$ kubectl get svc fromport -o jsonpath='{.spec.ports}{"\n"}'
[{"port":8181,"protocol":"TCP","targetPort":8181}]
$ kubectl expose pod named --port=80 --name=ext --external-ip=1.2.3.4 --labels=q=r --protocol=UDP
Warning: spec.externalIPs is deprecated and may no longer be implemented in some clusters
service/ext exposed
$ kubectl get svc ext --show-labels
NAME   TYPE        CLUSTER-IP     EXTERNAL-IP   PORT(S)   AGE   LABELS
ext    ClusterIP   10.99.43.208   1.2.3.4       80/UDP    0s    q=r
$ kubectl expose pod named --port=80 --name=lb --type=LoadBalancer --load-balancer-ip=9.8.7.6 -o jsonpath='{.spec.loadBalancerIP}{"\n"}'
9.8.7.6
$ kubectl expose pod named --port=80 --name=hl --cluster-ip=None
service/hl exposed
$ kubectl get svc hl
NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
hl     ClusterIP   None         <none>        80/TCP    0s
$ kubectl expose pod named --port=80 --name=x --type=Odd
The Service "x" is invalid: spec.type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"
[exit 1]
$ kubectl expose pod named --port=80 --name=x --session-affinity=Maybe
error: unknown session affinity: Maybe
[exit 1]
$ kubectl expose pod named --port=abc --name=x
error: strconv.Atoi: parsing "abc": invalid syntax
[exit 1]
$ kubectl expose pod named --port=80 --name=x --protocol=ICMP
The Service "x" is invalid: spec.ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"
[exit 1]
$ kubectl expose pod named --port=80 --name=x --overrides='{"metadata":{"labels":{"o":"1"}}}' -o jsonpath='{.metadata.labels}{"\n"}'
{"app":"n","o":"1","topology.kubernetes.io/zone":"zone-1"}
$ kubectl expose pod named --port=80 --name=y --dry-run=server
service/y exposed (server dry run)
$ kubectl expose pods --all --port=80
error: unknown flag: --all
See 'kubectl expose --help' for usage.
[exit 1]
$ kubectl expose -f - --port=80 --name=ff <<'EOF'
> {"apiVersion":"v1","kind":"Pod","metadata":{"name":"named"}}
> EOF
error: couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed
[exit 1]
$ kubectl expose cm kube-root-ca.crt --port=80
error: cannot expose a ConfigMap
[exit 1]
$ kubectl expose node node-1 --port=80
error: cannot expose a Node
[exit 1]
$ kubectl expose pod p1 p2 --port=80
service/p1 exposed
service/p2 exposed
$ kubectl apply -f - <<'EOF'
> apiVersion: discovery.k8s.io/v1
> kind: EndpointSlice
> metadata: {name: mine, labels: {kubernetes.io/service-name: none}}
> addressType: IPv4
> endpoints: [{addresses: [1.2.3.4], conditions: {ready: true, serving: true, terminating: false}, hostname: hh, nodeName: node-1, zone: z, hints: {forZones: [{name: z}]}}, {addresses: [1.2.3.5], conditions: {ready: false}}]
> ports: [{name: a, port: 80, protocol: TCP}, {port: 81, name: "b", protocol: UDP, appProtocol: h2c}]
> EOF
endpointslice.discovery.k8s.io/mine created
$ kubectl get endpointslice mine
NAME   ADDRESSTYPE   PORTS   ENDPOINTS         AGE
mine   IPv4          80,81   1.2.3.4,1.2.3.5   1s
$ kubectl describe endpointslice mine
Name:         mine
Namespace:    t-svc-endpoints-b
Labels:       kubernetes.io/service-name=none
Annotations:  <none>
AddressType:  IPv4
Ports:
  Name  Port  Protocol
  ----  ----  --------
  a     80    TCP
  b     81    UDP
Endpoints:
  - Addresses:  1.2.3.4
    Conditions:
      Ready:    true
    Hostname:   hh
    NodeName:   node-1
    Zone:       z
  - Addresses:  1.2.3.5
    Conditions:
      Ready:   false
    Hostname:  <unset>
    NodeName:  <unset>
    Zone:      <unset>
Events:        <none>
! kubectl patch endpointslice mine -p '{"addressType":"IPv6"}'
$ kubectl apply -f - <<'EOF'
> apiVersion: discovery.k8s.io/v1
> kind: EndpointSlice
> metadata: {name: fq}
> addressType: FQDN
> endpoints: [{addresses: [a.test]}]
> ports: []
> EOF
Warning: spec.addressType: FQDN endpoints are deprecated
endpointslice.discovery.k8s.io/fq created
$ kubectl get endpointslice fq
NAME   ADDRESSTYPE   PORTS     ENDPOINTS   AGE
fq     FQDN          <unset>   a.test      1s
$ kubectl describe endpointslice fq
Name:         fq
Namespace:    t-svc-endpoints-b
Labels:       <none>
Annotations:  <none>
AddressType:  FQDN
Ports: <unset>
Endpoints:
  - Addresses:  a.test
    Conditions:
      Ready:   <unset>
    Hostname:  <unset>
    NodeName:  <unset>
    Zone:      <unset>
Events:        <none>
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Endpoints
> metadata: {name: hand}
> subsets: [{addresses: [{ip: 1.2.3.4, nodeName: node-1}], notReadyAddresses: [{ip: 5.6.7.8}], ports: [{port: 80, name: a}, {port: 53, name: b, protocol: UDP}]}, {addresses: [{ip: 9.9.9.9}], ports: [{port: 1}]}]
> EOF
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
endpoints/hand created
$ kubectl get endpoints hand
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
NAME   ENDPOINTS                         AGE
hand   1.2.3.4:80,1.2.3.4:53,9.9.9.9:1   0s
$ kubectl describe endpoints hand
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
Name:         hand
Namespace:    t-svc-endpoints-b
Labels:       <none>
Annotations:  <none>
Subsets:
  Addresses:          1.2.3.4
  NotReadyAddresses:  5.6.7.8
  Ports:
    Name  Port  Protocol
    ----  ----  --------
    a     80    TCP
    b     53    UDP

  Addresses:          9.9.9.9
  NotReadyAddresses:  <none>
  Ports:
    Name     Port  Protocol
    ----     ----  --------
    <unset>  1     TCP

Events:  <none>
$ kubectl get ep -o name
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
endpoints/byname
endpoints/ext
endpoints/fromport
endpoints/hand
endpoints/hl
endpoints/lb
endpoints/m
endpoints/many
endpoints/p1
endpoints/p2
endpoints/x
