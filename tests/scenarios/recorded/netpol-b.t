$ kubectl apply -f - <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: rich, labels: {a: b}, annotations: {x: y}}
> spec:
>   podSelector: {matchLabels: {app: web}, matchExpressions: [{key: t, operator: In, values: [a, b]}, {key: u, operator: DoesNotExist}]}
>   policyTypes: [Ingress, Egress]
>   ingress:
>   - from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 10.2.0.0/16]}}, {namespaceSelector: {matchLabels: {n: s}}, podSelector: {matchLabels: {p: q}}}, {podSelector: {}}]
>     ports: [{port: 80}, {port: http, protocol: UDP}, {port: 8000, endPort: 8010}]
>   - {}
>   egress:
>   - to: [{namespaceSelector: {}}]
>   - ports: [{port: 53, protocol: UDP}]
> ---
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: deny}
> spec: {podSelector: {}}
> ---
> apiVersion: networking.k8s.io/v1
> kind: NetworkPolicy
> metadata: {name: eg}
> spec: {podSelector: {matchLabels: {z: z}}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}
> EOF
networkpolicy.networking.k8s.io/deny created
networkpolicy.networking.k8s.io/eg created
error: unable to decode "STDIN": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string
[exit 1]
$ kubectl get netpol
NAME   POD-SELECTOR   AGE
deny   <none>         1s
eg     z=z            1s
$ kubectl get netpol -o wide
NAME   POD-SELECTOR   AGE
deny   <none>         1s
eg     z=z            1s
$ kubectl describe netpol rich
Error from server (NotFound): networkpolicies.networking.k8s.io "rich" not found
[exit 1]
$ kubectl describe netpol deny eg
Name:         deny
Namespace:    t-netpol-b
Created on:   2026-11-30 16:05:38 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     <none> (Allowing the specific traffic to all pods in this namespace)
  Allowing ingress traffic:
    <none> (Selected pods are isolated for ingress connectivity)
  Not affecting egress traffic
  Policy Types: Ingress


Name:         eg
Namespace:    t-netpol-b
Created on:   2026-11-30 16:05:38 +0000 UTC
Labels:       <none>
Annotations:  <none>
Spec:
  PodSelector:     z=z
  Not affecting ingress traffic
  Allowing egress traffic:
    To Port: <any> (traffic allowed to all ports)
    To:
      IPBlock:
        CIDR: 0.0.0.0/0
        Except: 
  Policy Types: Egress
$ kubectl get netpol deny -o jsonpath='{.spec}{"\n"}'
{"podSelector":{},"policyTypes":["Ingress"]}
$ kubectl get netpol rich -o jsonpath='{.spec.ingress[0].ports}{"\n"}'
Error from server (NotFound): networkpolicies.networking.k8s.io "rich" not found
[exit 1]
$ kubectl patch netpol deny -p '{"spec":{"policyTypes":["Sideways"]}}'
The NetworkPolicy "deny" is invalid: spec.policyTypes[0]: Unsupported value: "Sideways": supported values: "Ingress", "Egress"
[exit 1]
$ kubectl patch netpol eg --type=json -p '[{"op":"replace","path":"/spec/egress/0/to/0/ipBlock/cidr","value":"1.2.3"}]'
The NetworkPolicy "eg" is invalid: spec.egress[0].to[0].ipBlock.cidr: Invalid value: "1.2.3": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)
[exit 1]
$ kubectl patch netpol eg --type=json -p '[{"op":"add","path":"/spec/egress/0/to/0/podSelector","value":{}}]'
The NetworkPolicy "eg" is invalid: spec.egress[0].to[0]: Forbidden: may not specify both ipBlock and another peer
[exit 1]
$ kubectl patch netpol eg --type=json -p '[{"op":"add","path":"/spec/egress/0/ports","value":[{"port":100,"endPort":50}]}]'
The NetworkPolicy "eg" is invalid: spec.egress[0].ports[0].endPort: Invalid value: 100: must be greater than or equal to `port`
[exit 1]
$ kubectl patch netpol eg --type=json -p '[{"op":"add","path":"/spec/egress/0/to/0/ipBlock/except","value":["10.0.0.0/8","bad"]}]'
The NetworkPolicy "eg" is invalid: spec.egress[0].to[0].ipBlock.except[1]: Invalid value: "bad": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)
[exit 1]
$ kubectl delete netpol --all
networkpolicy.networking.k8s.io "deny" deleted from t-netpol-b namespace
networkpolicy.networking.k8s.io "eg" deleted from t-netpol-b namespace
$ kubectl apply -f - <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: Ingress
> metadata: {name: big, annotations: {nginx.ingress.kubernetes.io/rewrite-target: /}}
> spec:
>   ingressClassName: none
>   defaultBackend: {service: {name: d, port: {number: 80}}}
>   tls: [{hosts: [a.test, b.test], secretName: t1}, {hosts: [c.test]}, {}]
>   rules:
>   - host: a.test
>     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s1, port: {number: 80}}}}, {path: /x, pathType: Exact, backend: {service: {name: s2, port: {name: web}}}}, {path: /r, pathType: ImplementationSpecific, backend: {resource: {apiGroup: x.test, kind: Bucket, name: b}}}]}
>   - host: "*.b.test"
>   - http: {paths: [{pathType: Prefix, path: /any, backend: {service: {name: s3, port: {number: 1}}}}]}
> EOF
ingress.networking.k8s.io/big created
$ kubectl get ing big
NAME   CLASS   HOSTS             ADDRESS   PORTS     AGE
big    none    a.test,*.b.test             80, 443   1s
$ kubectl get ing -o wide
NAME   CLASS   HOSTS             ADDRESS   PORTS     AGE
big    none    a.test,*.b.test             80, 443   1s
$ kubectl describe ing big
Name:             big
Labels:           <none>
Namespace:        t-netpol-b
Address:          
Ingress Class:    none
Default backend:  d:80 (<error: services "d" not found>)
TLS:
  t1 terminates a.test,b.test
  SNI routes c.test
  SNI routes 
Rules:
  Host        Path  Backends
  ----        ----  --------
  a.test      
              /    s1:80 (<error: services "s1" not found>)
              /x   s2:web (<error: services "s2" not found>)
              /r   APIGroup: x.test, Kind: Bucket, Name: b
  *           
              /any   s3:1 (<error: services "s3" not found>)
Annotations:  nginx.ingress.kubernetes.io/rewrite-target: /
Events:       <none>
$ kubectl patch ing big --subresource=status -p '{"status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"},{"hostname":"x.test","ports":[{"port":80,"protocol":"TCP"}]}]}}}'
ingress.networking.k8s.io/big patched
$ kubectl get ing big
NAME   CLASS   HOSTS             ADDRESS          PORTS     AGE
big    none    a.test,*.b.test   1.2.3.4,x.test   80, 443   2s
$ kubectl describe ing big | grep Address
Address:          1.2.3.4,x.test
! kubectl create service clusterip s1 --tcp=80
$ kubectl describe ing big | sed -n '/^Rules/,$p'
Rules:
  Host        Path  Backends
  ----        ----  --------
  a.test      
              /    s1:80 ()
              /x   s2:web (<error: services "s2" not found>)
              /r   APIGroup: x.test, Kind: Bucket, Name: b
  *           
              /any   s3:1 (<error: services "s3" not found>)
Annotations:  nginx.ingress.kubernetes.io/rewrite-target: /
Events:       <none>
$ kubectl create ingress e --rule='/=s:80' --rule='a.test/=s:80' --rule='a.test/y*=s:http'
ingress.networking.k8s.io/e created
$ kubectl get ing e
NAME   CLASS    HOSTS    ADDRESS   PORTS   AGE
e      <none>   a.test             80      0s
$ kubectl get ing e -o jsonpath='{.spec.rules}{"\n"}'
[{"http":{"paths":[{"backend":{"service":{"name":"s","port":{"number":80}}},"path":"/","pathType":"Exact"}]}},{"host":"a.test","http":{"paths":[{"backend":{"service":{"name":"s","port":{"number":80}}},"path":"/","pathType":"Exact"},{"backend":{"service":{"name":"s","port":{"name":"http"}}},"path":"/y","pathType":"Prefix"}]}}]
$ kubectl create ingress f --rule='a.test/=s'
error: rule a.test/=s is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
[exit 1]
$ kubectl create ingress f --rule='a.test=s:80'
error: rule a.test=s:80 is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]
[exit 1]
$ kubectl create ingress f --default-backend=s
error: default-backend should be in format servicename:serviceport
[exit 1]
$ kubectl create ingress f --default-backend=s:80 --annotation=bad
error: annotation bad is invalid and should be in format key=[value]
[exit 1]
$ kubectl create ingress f
error: not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)
[exit 1]
$ kubectl create ingress f --rule='UPPER.test/=s:80'
error: failed to create ingress: Ingress.networking.k8s.io "f" is invalid: spec.rules[0].host: Invalid value: "UPPER.test": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
[exit 1]
$ kubectl create ingress f --rule='a.test/=s:99999'
error: failed to create ingress: Ingress.networking.k8s.io "f" is invalid: spec.rules[0].http.paths[0].backend.service.port.number: Invalid value: 99999: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl create ingress f --rule='a.test/=S_x:80'
error: failed to create ingress: Ingress.networking.k8s.io "f" is invalid: spec.rules[0].http.paths[0].backend.service.name: Invalid value: "S_x": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
[exit 1]
$ kubectl create ingress f --rule='a.test/=s:80,tls=sec,x=y'
ingress.networking.k8s.io/f created
$ kubectl create ing g --class='' --rule='a.test/=s:80' -o jsonpath='{.spec.ingressClassName}|{"\n"}'
|
$ kubectl patch ing e --type=json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/pathType","value":"Odd"}]'
The Ingress "e" is invalid: spec.rules[0].http.paths[0].pathType: Unsupported value: "Odd": supported values: "Exact", "ImplementationSpecific", "Prefix"
[exit 1]
$ kubectl patch ing e --type=json -p '[{"op":"replace","path":"/spec/rules/0/http/paths/0/path","value":"nope"}]'
The Ingress "e" is invalid: spec.rules[0].http.paths[0].path: Invalid value: "nope": must be an absolute path
[exit 1]
$ kubectl patch ing e --type=json -p '[{"op":"add","path":"/metadata/annotations","value":{"kubernetes.io/ingress.class":"x"}}]'
ingress.networking.k8s.io/e patched
$ kubectl get ing e --no-headers | awk '{print $2}'
<none>
$ kubectl apply -f - <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: IngressClass
> metadata: {name: t-netpol-b, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
> spec: {controller: x.test/c, parameters: {apiGroup: k.test, kind: Par, name: p, scope: Namespace, namespace: ns}}
> EOF
ingressclass.networking.k8s.io/t-netpol-b created
$ kubectl get ingressclass t-netpol-b
NAME                   CONTROLLER   PARAMETERS     AGE
t-netpol-b (default)   x.test/c     Par.k.test/p   0s
$ kubectl describe ingressclass t-netpol-b
Name:         t-netpol-b
Labels:       <none>
Annotations:  ingressclass.kubernetes.io/is-default-class: true
Controller:   x.test/c
Parameters:
  APIGroup:  k.test
  Kind:      Par
  Name:      p
Events:      <none>
$ kubectl create ingress dd --rule='/=s:80' -o jsonpath='{.spec.ingressClassName}{"\n"}'
t-netpol-b
$ kubectl patch ingressclass t-netpol-b -p '{"spec":{"controller":"bad"}}'
The IngressClass "t-netpol-b" is invalid: 
* spec.controller: Invalid value: "bad": field is immutable
* spec.controller: Invalid value: "bad": must be a domain-prefixed path (such as "acme.io/foo")
[exit 1]
$ kubectl delete ingressclass t-netpol-b
ingressclass.networking.k8s.io "t-netpol-b" deleted
$ kubectl delete ing --all
ingress.networking.k8s.io "big" deleted from t-netpol-b namespace
ingress.networking.k8s.io "dd" deleted from t-netpol-b namespace
ingress.networking.k8s.io "e" deleted from t-netpol-b namespace
ingress.networking.k8s.io "f" deleted from t-netpol-b namespace
ingress.networking.k8s.io "g" deleted from t-netpol-b namespace
$ kubectl apply -f - <<'EOF'
> apiVersion: networking.k8s.io/v1
> kind: ServiceCIDR
> metadata: {name: t-netpol-b}
> spec: {cidrs: [10.200.0.0/24]}
> EOF
servicecidr.networking.k8s.io/t-netpol-b created
! sleep 2
$ kubectl get servicecidr t-netpol-b
NAME         CIDRS           AGE
t-netpol-b   10.200.0.0/24   2s
$ kubectl get servicecidr kubernetes
NAME         CIDRS          AGE
kubernetes   10.96.0.0/12   15m
! kubectl describe servicecidr t-netpol-b
! kubectl get ipaddress 10.96.0.1
! kubectl describe ipaddress 10.96.0.1
$ kubectl delete servicecidr t-netpol-b
servicecidr.networking.k8s.io "t-netpol-b" deleted
