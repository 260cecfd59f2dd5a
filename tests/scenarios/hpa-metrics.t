# What an autoscaler says of metrics that it cannot have, and how it heeds bounds and behaviour.
$ kubectl create deployment web --image=nginx:1.29 --replicas=3
deployment.apps/web created
! kubectl rollout status deploy/web
Waiting for deployment "web" rollout to finish: 0 of 3 updated replicas are available...
Waiting for deployment "web" rollout to finish: 1 of 3 updated replicas are available...
Waiting for deployment "web" rollout to finish: 2 of 3 updated replicas are available...
deployment "web" successfully rolled out
$ kubectl autoscale deployment web --cpu=50% --min=1 --max=5
horizontalpodautoscaler.autoscaling/web autoscaled
@advance 40s
$ kubectl get hpa web -o jsonpath='{.status.conditions[1].reason}: {.status.conditions[1].message}{"\n"}' | sed 's/web-[-a-z0-9]*/POD/'
FailedGetResourceMetric: the HPA was unable to compute the replica count: failed to get cpu utilization: missing request for cpu in container nginx of Pod POD
$ kubectl get hpa web -o jsonpath='{.status.currentMetrics}{"\n"}'
[{"type":""}]
# Memory by value; a second autoscaler of the same pods is refused.
$ kubectl autoscale deployment web --memory=100Mi --min=1 --max=5 --name=other
horizontalpodautoscaler.autoscaling/other autoscaled
@advance 40s
$ kubectl get hpa other -o jsonpath='{.status.conditions[1].reason}: {.status.conditions[1].message}{"\n"}'
AmbiguousSelector: pods by selector app=web are controlled by multiple HPAs: [t-hpa-metrics/other t-hpa-metrics/web]
$ kubectl delete hpa web
horizontalpodautoscaler.autoscaling "web" deleted from t-hpa-metrics namespace
@advance 320s
$ kubectl get hpa other -o jsonpath='{.status.conditions[0].reason} {.status.conditions[2].reason} {.status.desiredReplicas}{"\n"}'
ReadyForNewScale DesiredWithinRange 1
# Metrics that no API serves.
$ kubectl apply -f - 2>/dev/null <<END
> apiVersion: autoscaling/v2
> kind: HorizontalPodAutoscaler
> metadata: {name: other}
> spec:
>   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
>   minReplicas: 2
>   maxReplicas: 9
>   behavior:
>     scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}], tolerance: "0.5"}
>     scaleDown: {stabilizationWindowSeconds: 0, selectPolicy: Disabled}
>   metrics:
>   - type: Pods
>     pods: {metric: {name: requests}, target: {type: AverageValue, averageValue: 10}}
>   - type: Object
>     object: {metric: {name: hits}, describedObject: {apiVersion: networking.k8s.io/v1, kind: Ingress, name: web}, target: {type: Value, value: 10}}
>   - type: External
>     external: {metric: {name: queue, selector: {matchLabels: {q: a}}}, target: {type: Value, value: 10}}
> END
horizontalpodautoscaler.autoscaling/other configured
@advance 20s
$ kubectl get deploy web -o jsonpath='{.spec.replicas}{"\n"}'
2
@advance 20s
$ kubectl get hpa other -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason}: {.message}{"\n"}{end}'
AbleToScale True SucceededGetScale: the HPA controller was able to get the target's current scale
ScalingActive False FailedGetPodsMetric: the HPA was unable to compute the replica count: unable to get metric requests: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered
ScalingLimited False DesiredWithinRange: the desired count is within the acceptable range
$ kubectl events --for hpa/other --no-headers | grep -e requests -e hits -e queue | awk '{$1=""; print}' | sed 's/(x.*)//'
 Warning FailedGetPodsMetric HorizontalPodAutoscaler/other unable to get metric requests: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered
 Warning FailedGetObjectMetric HorizontalPodAutoscaler/other unable to get metric hits: Ingress on t-hpa-metrics web/unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered
 Warning FailedGetExternalMetric HorizontalPodAutoscaler/other failed to get external metric queue: unable to get external metric t-hpa-metrics/queue/&LabelSelector{MatchLabels:map[string]string{q: a,},MatchExpressions:[]LabelSelectorRequirement{},}: unable to fetch metrics from external metrics API: the server could not find the requested resource (get queue.external.metrics.k8s.io)
 Warning FailedComputeMetricsReplicas HorizontalPodAutoscaler/other invalid metrics (3 invalid out of 3), first error is: failed to get pods metric value: unable to get metric requests: unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered
# One step a minute upwards, none down.
$ kubectl patch hpa other --type=json -p '[{"op":"replace","path":"/spec/metrics","value":[{"type":"ContainerResource","containerResource":{"name":"memory","container":"nginx","target":{"type":"AverageValue","averageValue":"1Mi"}}}]}]'
horizontalpodautoscaler.autoscaling/other patched
@advance 40s
$ kubectl get hpa other -o jsonpath='{.status.desiredReplicas} {.status.conditions[2].status} {.status.conditions[2].reason} {.status.currentMetrics[0].containerResource.container}{"\n"}'
3 True ScaleUpLimit nginx
@advance 60s
$ kubectl get hpa other -o jsonpath='{.status.desiredReplicas}{"\n"}'
4
! kubectl patch hpa other --type=json -p '[{"op":"replace","path":"/spec/metrics/0/containerResource/target/averageValue","value":"1Gi"}]'
horizontalpodautoscaler.autoscaling/other patched
@advance 60s
$ kubectl get hpa other -o jsonpath='{.status.desiredReplicas} {.status.conditions[2].status} {.status.conditions[2].reason}{"\n"}'
4 True ScaleDownLimit
! kubectl patch hpa other -p '{"spec":{"scaleTargetRef":{"name":"gone"}}}'
horizontalpodautoscaler.autoscaling/other patched
@advance 20s
$ kubectl get hpa other -o jsonpath='{.status.conditions[0].reason}: {.status.conditions[0].message}{"\n"}'
FailedGetScale: the HPA controller was unable to get the target's current scale: deployments.apps "gone" not found
