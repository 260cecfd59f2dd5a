# A service of type LoadBalancer gets an address from the sandbox's cloud after a while, and is reached there from outside.
$ kubectl create deployment web --image=nginx:1.29 --replicas=2
deployment.apps/web created
! kubectl rollout status deploy/web
Waiting for deployment "web" rollout to finish: 0 of 2 updated replicas are available...
Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...
deployment "web" successfully rolled out
$ kubectl expose deployment web --port=80 --type=LoadBalancer
service/web exposed
@advance 1s
$ kubectl get service web --no-headers | awk '{print $2, $4}'
LoadBalancer <pending>
$ kubectl get service web -o jsonpath='{.metadata.finalizers}{"\n"}'
["service.kubernetes.io/load-balancer-cleanup"]
@advance 6s
$ kubectl get service web -o jsonpath='{.status.loadBalancer.ingress}{"\n"}'
[{"ip":"192.168.80.1","ipMode":"VIP"}]
$ kubectl describe service web | grep -e Ingress
LoadBalancer Ingress:     192.168.80.1 (VIP)
@advance 1s
$ curl -s http://192.168.80.1 | grep title
<head><title>Welcome to nginx!</title></head>
$ curl -s -m 3 http://192.168.80.9; echo $?
28
$ kubectl create service loadbalancer empty --tcp=80
service/empty created
@advance 8s
$ kubectl get service empty --no-headers | awk '{print $4}'
192.168.80.2
$ curl -s -m 3 http://192.168.80.2; echo $?
7
$ kubectl delete service web
service "web" deleted from t-load-balancer namespace
$ kubectl get service web
Error from server (NotFound): services "web" not found
[exit 1]
$ kubectl patch service empty -p '{"spec":{"type":"ClusterIP"}}'
service/empty patched
@advance 1s
$ kubectl get service empty --no-headers | awk '{print $2, $4}'
ClusterIP <none>
$ kubectl events --no-headers | grep Service/ | awk '{$1=""; print}'
 Normal EnsuringLoadBalancer Service/web Ensuring load balancer
 Normal EnsuredLoadBalancer Service/web Ensured load balancer
 Normal EnsuringLoadBalancer Service/empty Ensuring load balancer
 Normal EnsuredLoadBalancer Service/empty Ensured load balancer
 Normal DeletingLoadBalancer Service/web Deleting load balancer
 Normal DeletedLoadBalancer Service/web Deleted load balancer
 Normal DeletingLoadBalancer Service/empty Deleting load balancer
 Normal DeletedLoadBalancer Service/empty Deleted load balancer
