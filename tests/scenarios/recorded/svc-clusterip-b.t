! kubectl create deployment web --image=nginx:1.27 --replicas=2 --port=80; kubectl patch deploy web -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":0}}}}'; kubectl rollout status deploy/web
$ kubectl expose deployment web
service/web exposed
$ kubectl describe svc web | sed 's/^\(Endpoints:  *\).*/\1X/'
Name:                     web
Namespace:                t-svc-clusterip-b
Labels:                   app=web
Annotations:              <none>
Selector:                 app=web
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       10.99.148.5
IPs:                      10.99.148.5
Port:                     <unset>  80/TCP
TargetPort:               80/TCP
Endpoints:                X
Session Affinity:         None
Internal Traffic Policy:  Cluster
Events:                   <none>
$ kubectl get svc web -o yaml | grep -vE 'uid|Time|resourceVersion|clusterIP|- 10\.'
apiVersion: v1
kind: Service
metadata:
  labels:
    app: web
  name: web
  namespace: t-svc-clusterip-b
spec:
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ipFamilyPolicy: SingleStack
  ports:
  - port: 80
    protocol: TCP
    targetPort: 80
  selector:
    app: web
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
$ kubectl expose deployment web --port=81 --target-port=http --name=named --labels=x=y --protocol=UDP
service/named exposed
$ kubectl get svc named -o jsonpath='{.spec.ports} {.metadata.labels}{"\n"}'
[{"port":81,"protocol":"UDP","targetPort":"http"}] {"x":"y"}
$ kubectl expose deploy web --name=multi --port=80,443
service/multi exposed
$ kubectl get svc multi -o jsonpath='{.spec.ports}{"\n"}'
[{"name":"port-1","port":80,"protocol":"TCP","targetPort":80},{"name":"port-2","port":443,"protocol":"TCP","targetPort":443}]
$ kubectl expose deploy/web svc/web --port=1 --name=two
service/two exposed
Error from server (AlreadyExists): services "two" already exists
[exit 1]
$ kubectl expose deploy web --port=80 --name=aff --session-affinity=ClientIP
service/aff exposed
$ kubectl describe svc aff | grep -E 'Affinity|Type|Family|Families'
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
Session Affinity:         ClientIP
$ kubectl expose svc web --name=copy --port=9
service/copy exposed
$ kubectl get svc copy -o jsonpath='{.spec.selector} {.spec.ports}{"\n"}'
{"app":"web"} [{"port":9,"protocol":"TCP","targetPort":9}]
$ kubectl expose deploy web --name=ov --port=80 --overrides='{"spec":{"type":"NodePort"}}' -o jsonpath='{.spec.type}{"\n"}'
NodePort
$ kubectl expose deploy web --name=ov2 --port=80 --override-type=json --overrides='[{"op":"replace","path":"/spec/ports/0/port","value":81}]' --dry-run=client -o jsonpath='{.spec.ports[0].port}{"\n"}'
81
$ kubectl expose deploy web --name=UPPER --port=80
The Service "UPPER" is invalid: metadata.name: Invalid value: "UPPER": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
[exit 1]
$ kubectl expose deploy web --name=bad --port=70000
The Service "bad" is invalid: 
* spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive
* spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl expose deploy web --name=bad --port=0
The Service "bad" is invalid: 
* spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive
* spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl expose deploy web --name=bad --port=80 --target-port=bad_name
The Service "bad" is invalid: spec.ports[0].targetPort: Invalid value: "bad_name": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)
[exit 1]
$ kubectl expose deploy web --name=bad --port=80 --selector='a in (b)'
error: unexpected label spec: a in (b)
[exit 1]
$ kubectl expose deploy web --name=bad --port=80 --external-ip=300.1.1.1
The Service "bad" is invalid: spec.externalIPs[0]: Invalid value: "300.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)
[exit 1]
$ kubectl expose deploy web --name=web
Error from server (AlreadyExists): services "web" already exists
[exit 1]
$ kubectl get svc --show-labels
NAME    TYPE        CLUSTER-IP       EXTERNAL-IP   PORT(S)          AGE   LABELS
aff     ClusterIP   10.96.248.14     <none>        80/TCP           7s    app=web
copy    ClusterIP   10.104.216.204   <none>        9/TCP            6s    app=web
multi   ClusterIP   10.96.65.239     <none>        80/TCP,443/TCP   9s    app=web
named   ClusterIP   10.104.19.6      <none>        81/UDP           10s   x=y
ov      NodePort    10.106.201.228   <none>        80:31511/TCP     5s    app=web
two     ClusterIP   10.109.219.20    <none>        1/TCP            8s    app=web
web     ClusterIP   10.99.148.5      <none>        80/TCP           11s   app=web
$ kubectl get svc -l x=y -o name
service/named
$ kubectl get svc web named -o custom-columns=N:.metadata.name,P:.spec.ports[*].port
N       P
web     80
named   81
$ kubectl patch svc web -p '{"spec":{"selector":{"app":"nobody"}}}'
service/web patched
! sleep 1
$ kubectl get endpoints web
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
NAME   ENDPOINTS   AGE
web    <none>      14s
$ kubectl get endpointslices -l kubernetes.io/service-name=web --no-headers | awk '{print $2,$3,$4}'
IPv4 <unset> <unset>
$ kubectl describe svc web | grep Endpoints
Endpoints:                
$ kubectl patch svc web --type=json -p '[{"op":"remove","path":"/spec/selector"}]'
service/web patched
! sleep 1
$ kubectl get endpoints web
Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice
NAME   ENDPOINTS   AGE
web    <none>      16s
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {ports: [{port: 80, name: UPPER}]}
> EOF
The Service "applied" is invalid: spec.ports[0].name: Invalid value: "UPPER": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {ports: [{port: 80}, {port: 81}]}
> EOF
The Service "applied" is invalid: 
* spec.ports[0].name: Required value
* spec.ports[1].name: Required value
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {}
> EOF
The Service "applied" is invalid: spec.ports: Required value
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {clusterIP: None, selector: {a: b}}
> EOF
service/applied created
$ kubectl describe svc applied
Name:                     applied
Namespace:                t-svc-clusterip-b
Labels:                   <none>
Annotations:              <none>
Selector:                 a=b
Type:                     ClusterIP
IP Family Policy:         SingleStack
IP Families:              IPv4
IP:                       None
IPs:                      None
Session Affinity:         None
Internal Traffic Policy:  Cluster
Events:                   <none>
$ kubectl get svc applied
NAME      TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
applied   ClusterIP   None         <none>        <none>    1s
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {clusterIP: None, selector: {a: c}, ports: [{port: 80, protocol: SCTP, name: s}]}
> EOF
service/applied configured
$ kubectl get svc applied
NAME      TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
applied   ClusterIP   None         <none>        80/SCTP   3s
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Service
> metadata: {name: applied}
> spec: {clusterIP: 10.96.5.5, selector: {a: c}, ports: [{port: 80}]}
> EOF
The Service "applied" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.5.5"]: may not change once set
[exit 1]
! kubectl proxy --port=0 & P=$!; sleep 1; kill $P
$ kubectl delete svc web named multi --now
service "web" deleted from t-svc-clusterip-b namespace
service "named" deleted from t-svc-clusterip-b namespace
service "multi" deleted from t-svc-clusterip-b namespace
$ kubectl delete svc -l x=y
No resources found
$ kubectl get svc -o name
service/aff
service/applied
service/copy
service/ov
service/two
