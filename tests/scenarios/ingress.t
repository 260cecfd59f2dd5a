# One address for all: an Ingress sends requests to services by host and path.
$ kubectl get ingressclass
NAME              CONTROLLER             PARAMETERS   AGE
nginx (default)   k8s.io/ingress-nginx   <none>       6s
$ kubectl create deployment web --image=nginx:1.27 && kubectl expose deployment web --port=80
deployment.apps/web created
service/web exposed
$ kubectl create deployment apache --image=httpd:2.4 && kubectl expose deployment apache --port=8080 --target-port=80
deployment.apps/apache created
service/apache exposed
$ kubectl wait --for=condition=Available deployment --all --timeout=60s | wc -l
2
$ kubectl create ingress shop --class=nginx --rule="shop.example/*=web:80" --rule="shop.example/old=apache:8080"
ingress.networking.k8s.io/shop created
$ kubectl wait --for=jsonpath='{.status.loadBalancer.ingress[0].ip}' ingress/shop --timeout=30s
ingress.networking.k8s.io/shop condition met
$ kubectl get ingress shop --no-headers | sed 's/ [0-9]*s$//'
shop   nginx   shop.example   192.168.80.254   80
$ kubectl get events --field-selector involvedObject.name=shop -o jsonpath='{.items[*].message}{"\n"}'
Scheduled for sync
# By host, and by path; who names no host, or another one, gets nothing.
$ at=192.168.80.254
> curl -s -H 'Host: shop.example' http://$at/ | grep title
> curl -s -H 'Host: shop.example' http://$at/old
> curl -s -o /dev/null -w '%{http_code}\n' -H 'Host: shop.example' http://$at/missing
> curl -s -o /dev/null -w '%{http_code}\n' http://$at/
> curl -s -o /dev/null -w '%{http_code}\n' -H 'Host: other.example' http://$at/
<head><title>Welcome to nginx!</title></head>
<html><head>
<title>404 Not Found</title>
</head><body>
<h1>Not Found</h1>
</body></html>
404
404
404
# A path can be written anew on the way.
$ kubectl annotate ingress shop nginx.ingress.kubernetes.io/rewrite-target=/
ingress.networking.k8s.io/shop annotated
$ curl -s -H 'Host: shop.example' http://192.168.80.254/old
<html><body><h1>It works!</h1></body></html>
# Without endpoints the entry answers by itself.
$ kubectl scale deployment web --replicas=0 && kubectl wait --for=delete pod -l app=web --timeout=60s | wc -l
deployment.apps/web scaled
1
$ sleep 2; curl -s -H 'Host: shop.example' http://192.168.80.254/ | grep title
<head><title>503 Service Temporarily Unavailable</title></head>
# Names that /etc/hosts knows, from a pod too.
$ kubectl scale deployment web --replicas=1 && kubectl rollout status deployment web | tail -1
deployment.apps/web scaled
deployment "web" successfully rolled out
$ kubectl run client --image=busybox:1.36 --command -- sleep 3600 && kubectl wait --for=condition=Ready pod/client
pod/client created
pod/client condition met
$ kubectl exec client -- sh -c 'echo 192.168.80.254 shop.example >> /etc/hosts; wget -qO- http://shop.example | grep title'
<head><title>Welcome to nginx!</title></head>
# TLS: requests without it are sent there, and the certificate is nobody's.
$ kubectl patch ingress shop --type=merge -p '{"spec": {"tls": [{"hosts": ["shop.example"], "secretName": "shop-tls"}]}}'
ingress.networking.k8s.io/shop patched
$ curl -sI -H 'Host: shop.example' http://192.168.80.254/ | grep -e HTTP -e Location
HTTP/1.1 308 Permanent Redirect
Location: https://shop.example/
$ curl -sk -H 'Host: shop.example' https://192.168.80.254/ | grep title
<head><title>Welcome to nginx!</title></head>
$ curl -s -o /dev/null -H 'Host: shop.example' https://192.168.80.254/
[exit 60]
# A class that nobody sees to leaves an Ingress without address.
$ kubectl create ingress lonely --class=other --default-backend=web:80 && sleep 8
ingress.networking.k8s.io/lonely created
$ kubectl get ingress lonely -o jsonpath='{.status.loadBalancer}{"\n"}'
{}
$ kubectl patch ingress lonely --type=merge -p '{"spec": {"ingressClassName": "nginx"}}' && sleep 5
ingress.networking.k8s.io/lonely patched
$ kubectl get ingress lonely -o jsonpath='{.status.loadBalancer.ingress[0].ip}{"\n"}'
192.168.80.254
$ curl -s http://192.168.80.254/anything | grep title
<head><title>404 Not Found</title></head>
