# A service's name leads to its pods; who asks is a pod like any other.
$ kubectl create deployment web --image=nginx:1.27 --replicas=2
deployment.apps/web created
$ kubectl expose deployment web --port=80 --type=NodePort
service/web exposed
$ kubectl run client --image=busybox:1.36 --command -- sleep 3600
pod/client created
$ kubectl wait --for=condition=Ready pod --all | wc -l
3
$ kubectl exec client -- wget -O /dev/null http://web 2>&1 | sed 's/[0-9.]*:80/IP:80/'
Connecting to web (IP:80)
saving to '/dev/null'
/dev/null            100% |********************************|   117  0:00:00 ETA
'/dev/null' saved
$ for i in 1 2 3 4 5 6 7 8; do kubectl exec client -- wget -qO /dev/null http://web; done; kubectl logs -l app=web --tail=-1 | grep -c '"GET / HTTP/1.1" 200 117 "-" "Wget"'
9
# Both pods were asked.
$ for pod in $(kubectl get pods -l app=web -o name); do kubectl logs $pod | grep -q Wget && echo asked; done
asked
asked
# curl shows the way, and says it in its exit code.
$ kubectl exec deploy/web -- curl -sS -o /dev/null -w '%{http_code}\n' http://web
200
$ kubectl exec deploy/web -- curl -sI http://web | grep -v '^Date\|^Last-M\|^ETag'
HTTP/1.1 200 OK
Server: nginx/1.27.0
Content-Type: text/html
Content-Length: 117
Accept-Ranges: bytes
Connection: keep-alive
$ kubectl exec deploy/web -- curl -sSf http://web/missing
curl: (22) The requested URL returned error: 404
command terminated with exit code 22
[exit 22]
$ kubectl exec client -- wget -q http://web/missing
wget: server returned error: HTTP/1.1 404 Not Found
command terminated with exit code 1
[exit 1]
# A pod is reached at its own address; at a port where nothing listens it refuses.
$ ip=$(kubectl get pod -l app=web -o jsonpath='{.items[0].status.podIP}')
> kubectl exec client -- wget -qO /dev/null http://$ip && echo reached
> kubectl exec client -- wget -qO- http://$ip:81 2>&1 | sed "s/$ip/IP/"
reached
wget: can't connect to remote host (IP): Connection refused
command terminated with exit code 1
# The workstation stands in the nodes' network: node ports answer at every node, cluster IPs lead nowhere.
$ port=$(kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}')
> for node in worker-1 worker-2 control-plane; do
> ip=$(kubectl get node $node -o jsonpath='{.status.addresses[0].address}')
> curl -sS -o /dev/null -w '%{http_code}\n' http://$ip:$port; done
200
200
200
$ curl -sS -m 2 http://$(kubectl get svc web -o jsonpath='{.spec.clusterIP}')
curl: (28) Connection timed out after 2000 milliseconds
[exit 28]
# A port forwarded to the workstation.
$ kubectl port-forward svc/web 8080:80 > $TMP/out & pf=$!
> sleep 1; curl -s localhost:8080 | grep title; kill $pf; wait; cat $TMP/out
<head><title>Welcome to nginx!</title></head>
Forwarding from 127.0.0.1:8080 -> 80
Forwarding from [::1]:8080 -> 80
Handling connection for 8080
$ curl -sS localhost:8080
curl: (7) Failed to connect to localhost port 8080 after 1 ms: Could not connect to server
[exit 7]
# A pod that the service selects no longer gets no more requests.
$ pod=$(kubectl get pod -l app=web -o jsonpath='{.items[0].metadata.name}')
> kubectl label pod $pod app=out --overwrite > /dev/null; sleep 3
> before=$(kubectl logs $pod | grep -c Wget)
> for i in 1 2 3 4 5 6; do kubectl exec client -- wget -qO /dev/null http://web; done
> test $(kubectl logs $pod | grep -c Wget) = $before && echo left alone
left alone
# A node that is cut off swallows what is sent to it, until its pods are taken out.
$ node=$(kubectl get pod -l app=out -o jsonpath='{.items[0].spec.nodeName}'); ip=$(kubectl get pod -l app=out -o jsonpath='{.items[0].status.podIP}')
> kubarium node cut $node > /dev/null
> kubectl exec client -- wget -T 2 -qO- http://$ip
wget: download timed out
command terminated with exit code 1
[exit 1]
$ kubarium node mend $(kubectl get pod -l app=out -o jsonpath='{.items[0].spec.nodeName}') > /dev/null; sleep 15
> kubectl exec client -- wget -T 2 -qO /dev/null http://$(kubectl get pod -l app=out -o jsonpath='{.items[0].status.podIP}') && echo again
again
# A client may keep to its pod.
$ kubectl patch service web -p '{"spec": {"sessionAffinity": "ClientIP"}}'
service/web patched
$ sleep 3; before=$(kubectl get pods -l app=web -o name | wc -l); for i in 1 2 3 4 5 6 7 8; do kubectl exec client -- wget -U kept -qO /dev/null http://web; done
> for pod in $(kubectl get pods -l app=web -o name); do kubectl logs $pod | grep -c kept; done | sort
0
8
# Traffic from outside may have to stay on the node that it came to.
$ kubectl patch service web -p '{"spec": {"externalTrafficPolicy": "Local", "sessionAffinity": "None"}}'
service/web patched
$ sleep 3; port=$(kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}')
> curl -sS -m 2 http://$(kubectl get node control-plane -o jsonpath='{.status.addresses[0].address}'):$port
curl: (28) Connection timed out after 2000 milliseconds
[exit 28]
$ curl -s -o /dev/null -w '%{http_code}\n' http://$(kubectl get pod -l app=web -o jsonpath='{.items[0].status.hostIP}'):$(kubectl get svc web -o jsonpath='{.spec.ports[0].nodePort}')
200
# A readiness probe that fails takes the last pod out of the service: refused, though it runs.
$ kubectl apply -f - <<E
> apiVersion: v1
> kind: Pod
> metadata: {name: slow, labels: {app: slow}}
> spec:
>   containers:
>   - name: c
>     image: nginx:1.27
>     readinessProbe: {httpGet: {path: /ready, port: 80}, periodSeconds: 1, failureThreshold: 2}
> E
pod/slow created
$ kubectl expose pod slow --port=80
service/slow exposed
$ kubectl wait --for=jsonpath='{.status.phase}'=Running pod/slow; sleep 2
pod/slow condition met
$ kubectl exec client -- wget -qO- http://slow 2>&1 | sed 's/(.*)/(IP)/'
wget: can't connect to remote host (IP): Connection refused
command terminated with exit code 1
$ kubectl exec slow -- sh -c 'echo yes > /usr/share/nginx/html/ready'; kubectl wait --for=condition=Ready pod/slow; sleep 2
pod/slow condition met
$ kubectl exec client -- wget -qO- http://slow/ready
yes
# A node without its kube-proxy keeps the rules that it had.
$ vip=$(kubectl get service slow -o jsonpath='{.spec.clusterIP}')
> kubectl patch daemonset -n kube-system kube-proxy -p '{"spec":{"template":{"spec":{"nodeSelector":{"no":"where"}}}}}'; sleep 8
> kubectl delete service slow; kubectl get pods -n kube-system -l k8s-app=kube-proxy
> kubectl exec client -- wget -qO- http://$vip/ready
daemonset.apps/kube-proxy patched
service "slow" deleted from t-traffic namespace
No resources found in kube-system namespace.
yes
# Nobody behind the service: refused at once.
$ kubectl patch daemonset -n kube-system kube-proxy --type=json -p '[{"op":"remove","path":"/spec/template/spec/nodeSelector/no"}]'; kubectl rollout status -n kube-system daemonset kube-proxy | tail -1
daemonset.apps/kube-proxy patched
daemon set "kube-proxy" successfully rolled out
$ kubectl scale deployment web --replicas=0
deployment.apps/web scaled
$ kubectl wait --for=delete pod -l app=web --timeout=30s > /dev/null; sleep 3
$ kubectl exec client -- wget -qO- http://web 2>&1 | sed 's/(.*)/(IP)/'
wget: can't connect to remote host (IP): Connection refused
command terminated with exit code 1
$ kubectl run curl --rm -q -i --restart=Never --image=curlimages/curl -- -sS http://web 2>&1 | sed 's/[0-9]* ms/N ms/'
warning: couldn't attach to pod/curl, falling back to streaming logs: Internal error occurred: unable to upgrade connection: container curl not found in pod curl_t-traffic
curl: (7) Failed to connect to web port 80 after N ms: Could not connect to server
pod t-traffic/curl terminated (Error)
