# An autoscaler follows the use of CPU: up when clients come, down when they have been gone for a while.
$ kubectl apply -f - <<END
> apiVersion: apps/v1
> kind: Deployment
> metadata: {name: php-apache}
> spec:
>   selector: {matchLabels: {run: php-apache}}
>   template:
>     metadata: {labels: {run: php-apache}}
>     spec:
>       containers:
>       - name: php-apache
>         image: registry.k8s.io/hpa-example
>         ports: [{containerPort: 80}]
>         resources: {limits: {cpu: 500m}, requests: {cpu: 200m}}
> ---
> apiVersion: v1
> kind: Service
> metadata: {name: php-apache}
> spec: {selector: {run: php-apache}, ports: [{port: 80}]}
> END
! kubectl rollout status deploy/php-apache
$ kubectl autoscale deployment php-apache --cpu=50% --min=1 --max=10
$ kubectl get hpa php-apache --no-headers | awk '{print $2, $3, $4, $5, $6, $7}'
@advance 50s
$ kubectl get hpa php-apache
$ kubectl get hpa php-apache -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}: {.message}{"\n"}{end}'
$ kubectl run load --image=busybox:1.36 --restart=Never -- sh -c 'while sleep 0.01; do wget -q -O- http://php-apache; done'
@advance 45s
$ kubectl describe hpa php-apache | sed -n '/^Metrics/,$p' | sed 's/ [0-9]*s  */ /'
@advance 120s
$ kubectl get hpa php-apache
$ kubectl get deploy php-apache --no-headers | awk '{print $2}'
! kubectl delete pod load --now
@advance 60s
$ kubectl get hpa php-apache -o jsonpath='{.status.desiredReplicas} {range .status.conditions[*]}{.type}={.reason} {end}{"\n"}'
@advance 330s
$ kubectl get hpa php-apache
$ kubectl events --for hpa/php-apache --no-headers | awk '{$1=""; print}' | grep -v Failed
