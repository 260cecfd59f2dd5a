# Requests that the API server hands on to what listens in pods.
$ kubectl run web --image=nginx:1.27 --port=80 --expose && kubectl run shell --image=busybox:1.36 -- sleep 3600
service/web created
pod/web created
pod/shell created
$ kubectl wait --for=condition=Ready pod/web pod/shell
pod/web condition met
pod/shell condition met
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web/proxy/ | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl get --raw /api/v1/namespaces/$NS/pods/http:web:80/proxy/ | grep -c title
1
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web:http/proxy//x/..// | grep -c title
1
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web/proxy/nope
Error from server (NotFound): the server could not find the requested resource
[exit 1]
# Who does not answer, and what is no name of anything.
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web:81/proxy/ 2>&1 | sed 's/tcp [0-9.]*/tcp IP/'
Error from server (ServiceUnavailable): error trying to reach service: dial tcp IP:81: connect: connection refused
$ kubectl get --raw /api/v1/namespaces/$NS/pods/shell/proxy/ 2>&1 | sed 's/tcp [0-9.]*/tcp IP/'
Error from server (ServiceUnavailable): error trying to reach service: dial tcp IP:80: connect: connection refused
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web:web/proxy/
Error from server (ServiceUnavailable): error trying to reach service: dial tcp: lookup tcp/web: unknown port
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/pods/web:70000/proxy/
Error from server (ServiceUnavailable): error trying to reach service: dial tcp: address 70000: invalid port
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/pods/https:web:80/proxy/
Error from server (ServiceUnavailable): error trying to reach service: http: server gave HTTP response to HTTPS client
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/pods/ftp:web:1/proxy/
Error from server (BadRequest): invalid pod request "ftp:web:1"
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/pods/nope/proxy/
Error from server (NotFound): pods "nope" not found
[exit 1]
# Services, by number and name of their ports.
$ sleep 3; kubectl get --raw /api/v1/namespaces/$NS/services/web/proxy/ | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl get --raw /api/v1/namespaces/$NS/services/http:web:80/proxy/?x=1 | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl get --raw /api/v1/namespaces/$NS/services/web:81/proxy/
Error from server (ServiceUnavailable): no service port 81 found for service "web"
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/services/web:http/proxy/
Error from server (ServiceUnavailable): no endpoints available for service "web:http"
[exit 1]
$ kubectl get --raw /api/v1/namespaces/$NS/services/nope/proxy/
Error from server (NotFound): endpoints "nope" not found
[exit 1]
$ kubectl create service clusterip empty --tcp=80 && sleep 2; kubectl get --raw /api/v1/namespaces/$NS/services/empty/proxy/
service/empty created
Error from server (ServiceUnavailable): no endpoints available for service "empty"
[exit 1]
# Endpoints that are no pods of the namespace lead nowhere.
$ kubectl get --raw /api/v1/namespaces/default/services/https:kubernetes:443/proxy/
Error from server (ServiceUnavailable): no endpoints available for service "https:kubernetes:443"
[exit 1]
$ kubectl logs web | grep -c '"GET /?x=1 HTTP/1.1" 200'
1
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/healthz
ok
# Each method is a verb of its own.
$ kubectl create role asker --verb=get --resource=pods/proxy && kubectl create rolebinding asker --role=asker --user=jane
role.rbac.authorization.k8s.io/asker created
rolebinding.rbac.authorization.k8s.io/asker created
$ kubectl --as=jane get --raw /api/v1/namespaces/$NS/pods/web/proxy/ | grep title
<head><title>Welcome to nginx!</title></head>
$ kubectl --as=jane get --raw /api/v1/namespaces/$NS/services/web/proxy/
Error from server (Forbidden): services "web" is forbidden: User "jane" cannot get resource "services/proxy" in API group "" in the namespace "t-proxy"
[exit 1]
$ kubectl --as=jane delete --raw /api/v1/namespaces/$NS/pods/web/proxy/
Error from server (Forbidden): pods "web" is forbidden: User "jane" cannot delete resource "pods/proxy" in API group "" in the namespace "t-proxy"
[exit 1]
# A server that is not HTTP's.
$ kubectl run cache --image=redis:7 --port=6379 && kubectl wait --for=condition=Ready pod/cache && kubectl get --raw /api/v1/namespaces/$NS/pods/cache/proxy/
pod/cache created
pod/cache condition met
Error from server (ServiceUnavailable): error trying to reach service: EOF
[exit 1]
# A page has no port to serve at.
$ kubectl proxy
error: kubectl proxy cannot serve here: this terminal is a page's, and a browser tab has no local port
[exit 1]
$ kubectl proxy --www=.
error: --www is not supported in this kubectl
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1:10250/proxy/pods | jq -r '.items[] | [.metadata.namespace, .spec.nodeName, .status.phase] | join(" ")' | sort | uniq -c | sed 's/^ *//'
1 kube-system worker-1 Running
1 t-proxy worker-1 Running
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/stats/summary | jq -c '[.node.nodeName, (.node.memory.workingSetBytes > 300000000), (.pods | length > 0)]'
["worker-1",true,true]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/configz | jq -c .kubeletconfig
{"apiVersion":"kubelet.config.k8s.io/v1beta1","clusterDomain":"cluster.local","evictionPressureTransitionPeriod":"5m0s","imageGCHighThresholdPercent":85,"imageGCLowThresholdPercent":80,"imageMinimumGCAge":"2m0s","kind":"KubeletConfiguration","maxPods":110,"nodeLeaseDurationSeconds":40,"nodeStatusReportFrequency":"5m0s","podCIDR":"10.244.1.0/24","port":10250}
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/metrics | grep -v '^#'
kubelet_node_name{node="worker-1"} 1
kubelet_running_containers{container_state="exited"} 0
kubelet_running_containers{container_state="running"} 2
kubelet_running_pods 2
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/metrics/resource | grep -c '^container_start_time_seconds'
2
$ kubectl run noted --image=busybox --restart=Never --overrides='{"spec": {"nodeName": "worker-1"}}' -- sh -c 'echo one; echo two'
pod/noted created
@advance 5s
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/containerLogs/t-proxy/noted/noted?tailLines=1
two
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/containerLogs/t-proxy/noted/noted?tailLines=-1
The request is invalid: Invalid request.
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/containerLogs/t-proxy/noted/noted?tailLines=two
Error from server (BadRequest): Unable to decode query.
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-2/proxy/containerLogs/t-proxy/noted/noted
Error from server (NotFound): pod "noted" does not exist
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/containerLogs/t-proxy/noted/other
Error from server (NotFound): container "other" not found in pod "noted"
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/nothing
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/logs/
Error from server (NotImplemented): /logs is not supported by the kubelets of this cluster
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1:9999/proxy/healthz
Error from server (ServiceUnavailable): error trying to reach service: dial tcp 192.168.65.11:9999: connect: connection refused
[exit 1]
$ kubectl get --raw /api/v1/nodes/nobody/proxy/healthz
Error from server (NotFound): nodes "nobody" not found
[exit 1]
$ kubectl get --raw /api/v1/nodes/worker-1/proxy/healthz --as=jane
Error from server (Forbidden): nodes "worker-1" is forbidden: User "jane" cannot get resource "nodes/proxy" in API group "" at the cluster scope
[exit 1]
