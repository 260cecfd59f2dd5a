# What the cluster's names stand for.
$ kubectl apply -f - <<E
> apiVersion: v1
> kind: Service
> metadata: {name: db}
> spec: {clusterIP: None, selector: {app: db}, ports: [{name: web, port: 80}]}
> ---
> apiVersion: v1
> kind: Service
> metadata: {name: front}
> spec: {selector: {app: db}, ports: [{name: http, port: 8000, targetPort: 80}]}
> ---
> apiVersion: v1
> kind: Service
> metadata: {name: away}
> spec: {type: ExternalName, externalName: front.$NS.svc.cluster.local}
> ---
> apiVersion: apps/v1
> kind: StatefulSet
> metadata: {name: db}
> spec:
>   serviceName: db
>   replicas: 2
>   selector: {matchLabels: {app: db}}
>   template:
>     metadata: {labels: {app: db}}
>     spec: {containers: [{name: c, image: "nginx:1.27"}]}
> E
service/db created
service/front created
service/away created
statefulset.apps/db created
$ kubectl rollout status statefulset db | tail -1
partitioned roll out complete: 2 new pods have been updated...
$ kubectl run client --image=busybox:1.36 --command -- sleep 3600
pod/client created
$ kubectl wait --for=condition=Ready pod/client
pod/client condition met
$ kubectl exec client -- cat /etc/resolv.conf
search t-dns.svc.cluster.local svc.cluster.local cluster.local
nameserver 10.96.0.10
options ndots:5
$ kubectl exec client -- nslookup front.$NS.svc.cluster.local | sed 's/^Address: 10.*/Address: IP/'
Server:		10.96.0.10
Address:	10.96.0.10:53

Name:	front.t-dns.svc.cluster.local
Address: IP
# A name without dots is asked for in every domain of the search list.
$ kubectl exec client -- nslookup -type=a front | sed 's/^Address: 10.*/Address: IP/'
command terminated with exit code 1
Server:		10.96.0.10
Address:	10.96.0.10:53

Name:	front.t-dns.svc.cluster.local
Address: IP

** server can't find front.svc.cluster.local: NXDOMAIN

** server can't find front.cluster.local: NXDOMAIN
# A headless service has its pods' addresses, and each pod a name of its own.
$ kubectl exec client -- nslookup -type=a db.$NS.svc.cluster.local | grep -c '^Address: 10.244'
2
$ test $(kubectl exec client -- nslookup -type=a db-1.db.$NS.svc.cluster.local | awk '/^Address: 10.244/ {print $2}') = $(kubectl get pod db-1 -o jsonpath='{.status.podIP}') && echo same
same
$ kubectl exec client -- wget -qO- http://db-0.db | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl exec client -- nslookup -type=srv _http._tcp.front.$NS.svc.cluster.local | grep service
_http._tcp.front.t-dns.svc.cluster.local	service = 0 100 8000 front.t-dns.svc.cluster.local.
$ kubectl exec client -- nslookup -type=srv _web._tcp.db.$NS.svc.cluster.local | grep -c service
2
$ kubectl exec client -- wget -qO- http://away:8000 | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl exec client -- nslookup 10.96.0.1 | grep name
1.0.96.10.in-addr.arpa	name = kubernetes.default.svc.cluster.local
$ kubectl exec client -- nslookup nowhere.$NS.svc.cluster.local
Server:		10.96.0.10
Address:	10.96.0.10:53

** server can't find nowhere.t-dns.svc.cluster.local: NXDOMAIN

** server can't find nowhere.t-dns.svc.cluster.local: NXDOMAIN

command terminated with exit code 1
[exit 1]
$ kubectl exec db-1 -- curl -sS -o /dev/null -w '%{http_code} %{remote_ip}\n' http://localhost
200 127.0.0.1
# A pod's own dnsConfig, and a pod in its node's network.
$ kubectl run own --image=busybox:1.36 --overrides='{"spec": {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.96.0.10"], "searches": ["svc.cluster.local"]}, "hostAliases": [{"ip": "10.1.2.3", "hostnames": ["old"]}]}}' --command -- sleep 3600
pod/own created
$ kubectl wait --for=condition=Ready pod/own
pod/own condition met
$ kubectl exec own -- cat /etc/resolv.conf
search svc.cluster.local
nameserver 10.96.0.10
$ kubectl exec own -- tail -3 /etc/hosts

\# Entries added by HostAliases.
10.1.2.3	old
$ kubectl exec own -- wget -qO- http://front.$NS:8000 | grep title
<head><title>Welcome to nginx!</title></head>
# Without CoreDNS nobody knows a name; addresses still work.
$ kubectl scale -n kube-system deployment coredns --replicas=0
deployment.apps/coredns scaled
$ kubectl wait -n kube-system --for=delete pod -l k8s-app=kube-dns --timeout=60s; sleep 2
$ kubectl exec client -- nslookup front
;; connection timed out; no servers could be reached

command terminated with exit code 1
[exit 1]
$ kubectl exec client -- wget -qO- http://front:8000
wget: bad address 'front'
command terminated with exit code 1
[exit 1]
$ kubectl exec client -- wget -qO- http://$(kubectl get pod db-0 -o jsonpath='{.status.podIP}') | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl scale -n kube-system deployment coredns --replicas=2; kubectl rollout status -n kube-system deployment coredns | tail -1; sleep 2
deployment.apps/coredns scaled
deployment "coredns" successfully rolled out
$ kubectl exec client -- wget -qO- http://front:8000 | grep title
<head><title>Welcome to nginx!</title></head>
