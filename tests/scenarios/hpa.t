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
deployment.apps/php-apache created
service/php-apache created
! kubectl rollout status deploy/php-apache
Waiting for deployment "php-apache" rollout to finish: 0 of 1 updated replicas are available...
deployment "php-apache" successfully rolled out
$ kubectl autoscale deployment php-apache --cpu=50% --min=1 --max=10
horizontalpodautoscaler.autoscaling/php-apache autoscaled
$ kubectl get hpa php-apache --no-headers | awk '{print $2, $3, $4, $5, $6, $7}'
Deployment/php-apache cpu: <unknown>/50% 1 10 0
@advance 50s
$ kubectl get hpa php-apache
NAME         REFERENCE               TARGETS       MINPODS   MAXPODS   REPLICAS   AGE
php-apache   Deployment/php-apache   cpu: 0%/50%   1         10        1          50s
$ kubectl get hpa php-apache -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}: {.message}{"\n"}{end}'
AbleToScale True ScaleDownStabilized: recent recommendations were higher than current one, applying the highest recent recommendation
ScalingActive True ValidMetricFound: the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)
ScalingLimited False DesiredWithinRange: the desired count is within the acceptable range
$ kubectl run load --image=busybox:1.36 --restart=Never -- sh -c 'while sleep 0.01; do wget -q -O- http://php-apache; done'
pod/load created
@advance 45s
$ kubectl describe hpa php-apache | sed -n '/^Metrics/,$p' | sed 's/ [0-9]*s  */ /'
Metrics:                                               ( current / target )
  resource cpu on pods  (as a percentage of request):  231% (463m) / 50%
Min replicas:                                          1
Max replicas:                                          10
Deployment pods:                                       3 current / 5 desired
Conditions:
  Type            Status  Reason              Message
  ----            ------  ------              -------
  AbleToScale     True    SucceededRescale    the HPA controller was able to update the target scale to 5
  ScalingActive   True    ValidMetricFound    the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)
  ScalingLimited  False   DesiredWithinRange  the desired count is within the acceptable range
Events:
  Type     Reason                        Age   From                       Message
  ----     ------                        ----  ----                       -------
  Warning  FailedGetResourceMetric       horizontal-pod-autoscaler  failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API
  Warning  FailedComputeMetricsReplicas  horizontal-pod-autoscaler  invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API
  Normal   SuccessfulRescale             horizontal-pod-autoscaler  New size: 3; reason: cpu resource utilization (percentage of request) above target
  Normal   SuccessfulRescale             horizontal-pod-autoscaler  New size: 5; reason: cpu resource utilization (percentage of request) above target
@advance 120s
$ kubectl get hpa php-apache
NAME         REFERENCE               TARGETS        MINPODS   MAXPODS   REPLICAS   AGE
php-apache   Deployment/php-apache   cpu: 46%/50%   1         10        5          3m37s
$ kubectl get deploy php-apache --no-headers | awk '{print $2}'
5/5
! kubectl delete pod load --now
pod "load" deleted from t-hpa namespace
@advance 60s
$ kubectl get hpa php-apache -o jsonpath='{.status.desiredReplicas} {range .status.conditions[*]}{.type}={.reason} {end}{"\n"}'
5 AbleToScale=ScaleDownStabilized ScalingActive=ValidMetricFound ScalingLimited=DesiredWithinRange 
@advance 330s
$ kubectl get hpa php-apache
NAME         REFERENCE               TARGETS       MINPODS   MAXPODS   REPLICAS   AGE
php-apache   Deployment/php-apache   cpu: 0%/50%   1         10        1          10m
$ kubectl events --for hpa/php-apache --no-headers | awk '{$1=""; print}' | grep -v Failed
 Normal SuccessfulRescale HorizontalPodAutoscaler/php-apache New size: 3; reason: cpu resource utilization (percentage of request) above target
 Normal SuccessfulRescale HorizontalPodAutoscaler/php-apache New size: 5; reason: cpu resource utilization (percentage of request) above target
 Normal SuccessfulRescale HorizontalPodAutoscaler/php-apache New size: 2; reason: All metrics below target
 Normal SuccessfulRescale HorizontalPodAutoscaler/php-apache New size: 1; reason: All metrics below target
