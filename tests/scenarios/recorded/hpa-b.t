! kubectl create deployment web --image=nginx:1.27 --replicas=2; kubectl rollout status deploy/web
$ kubectl autoscale deployment web --min=2 --max=5 --cpu=60
horizontalpodautoscaler.autoscaling/web autoscaled
$ kubectl autoscale deployment web --max=4 --memory=80% --name=m
horizontalpodautoscaler.autoscaling/m autoscaled
$ kubectl autoscale deployment web --max=4 --cpu=500m --memory=1Gi --name=both
horizontalpodautoscaler.autoscaling/both autoscaled
$ kubectl get hpa both -o jsonpath='{.spec.metrics}{"\n"}'
[{"resource":{"name":"cpu","target":{"averageValue":"500m","type":"AverageValue"}},"type":"Resource"},{"resource":{"name":"memory","target":{"averageValue":"1Gi","type":"AverageValue"}},"type":"Resource"}]
$ kubectl autoscale deployment web --max=4 --cpu=lots --name=x
error: invalid resource cpu value: lots
[exit 1]
$ kubectl autoscale deployment web --max=4 --cpu-percent=50 --cpu=20% --name=x
Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).
error: --cpu-percent and --cpu are mutually exclusive
[exit 1]
$ kubectl autoscale deployment web --min=0 --max=4 --name=zero
horizontalpodautoscaler.autoscaling/zero autoscaled
$ kubectl autoscale deployment web --max=4 --dry-run=client -o yaml
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: web
spec:
  maxReplicas: 4
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
status:
  currentMetrics: null
  desiredReplicas: 0
$ kubectl autoscale deployment web --max=4 --cpu-percent=70 --dry-run=client -o yaml --name=dr
Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: dr
spec:
  maxReplicas: 4
  metrics:
  - resource:
      name: cpu
      target:
        averageUtilization: 70
        type: Utilization
    type: Resource
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: web
status:
  currentMetrics: null
  desiredReplicas: 0
$ kubectl autoscale svc web --max=3
Error from server (NotFound): services "web" not found
[exit 1]
$ kubectl autoscale deployment web --max=0
error: --max=MAXPODS is required and must be at least 1, max: 0
[exit 1]
$ kubectl autoscale deployment web --max=3 --min=-1 --name=x
horizontalpodautoscaler.autoscaling/x autoscaled
! sleep 17
$ kubectl get hpa web
NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE
web    Deployment/web   cpu: <unknown>/60m   2         5         2          20s
! kubectl describe hpa web | sed 's/(x[0-9]* over [^)]*)//' | sed '/^Events/,$d'
$ kubectl get hpa web -o jsonpath='{range .status.conditions[*]}{.type} {.status} {.reason} {.message}{"\n"}{end}'
AbleToScale True SucceededGetScale the HPA controller was able to get the target's current scale
ScalingActive False FailedGetResourceMetric the HPA was unable to compute the replica count: failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)
$ kubectl events --for hpa/web | awk '{print $2,$3}' | sort -u
SEEN TYPE
Warning FailedComputeMetricsReplicas
Warning FailedGetResourceMetric
$ kubectl events --for hpa/web | grep -o 'failed to.*\|invalid metrics.*' | sort -u
failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)
invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)
$ kubectl scale deploy web --replicas=1
deployment.apps/web scaled
! sleep 16
$ kubectl get deploy web --no-headers | awk '{print $2}'
2/2
$ kubectl describe hpa web | sed -n '/^Conditions/,/^Events/p'
Conditions:
  Type           Status  Reason                   Message
  ----           ------  ------                   -------
  AbleToScale    True    SucceededRescale         the HPA controller was able to update the target scale to 2
  ScalingActive  False   FailedGetResourceMetric  the HPA was unable to compute the replica count: failed to get cpu usage: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)
Events:
$ kubectl scale deploy web --replicas=0
deployment.apps/web scaled
! sleep 16
$ kubectl describe hpa web | grep -E 'ScalingActive'
  ScalingActive  False   ScalingDisabled    scaling is disabled since the replica count of the target is zero
$ kubectl apply -f - <<'EOF'
> apiVersion: autoscaling/v2
> kind: HorizontalPodAutoscaler
> metadata: {name: rich}
> spec:
>   scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: ghost}
>   minReplicas: 1
>   maxReplicas: 7
>   metrics:
>   - {type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 100m}}}
>   - {type: ContainerResource, containerResource: {name: memory, container: c, target: {type: Utilization, averageUtilization: 40}}}
>   - {type: Pods, pods: {metric: {name: hits}, target: {type: AverageValue, averageValue: 5}}}
>   - {type: Object, object: {describedObject: {kind: Service, name: s, apiVersion: v1}, metric: {name: load, selector: {matchLabels: {a: b}}}, target: {type: Value, value: 10}}}
>   - {type: External, external: {metric: {name: queue}, target: {type: AverageValue, averageValue: 3}}}
>   behavior:
>     scaleDown: {stabilizationWindowSeconds: 60, policies: [{type: Percent, value: 10, periodSeconds: 30}]}
>     scaleUp: {selectPolicy: Min, policies: [{type: Pods, value: 2, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}
> EOF
horizontalpodautoscaler.autoscaling/rich created
$ kubectl get hpa rich
NAME   REFERENCE          TARGETS                                                  MINPODS   MAXPODS   REPLICAS   AGE
rich   Deployment/ghost   cpu: <unknown>/100m, memory: <unknown>/40% + 3 more...   1         7         0          0s
! kubectl describe hpa rich | sed '/^Events/,$d'
! kubectl get hpa.v1.autoscaling rich -o jsonpath='{.spec}{"\n"}'
$ kubectl get hpa.v2.autoscaling rich -o jsonpath='{.spec.behavior}{"\n"}'
{"scaleDown":{"policies":[{"periodSeconds":30,"type":"Percent","value":10}],"selectPolicy":"Max","stabilizationWindowSeconds":60},"scaleUp":{"policies":[{"periodSeconds":15,"type":"Pods","value":2},{"periodSeconds":15,"type":"Percent","value":100}],"selectPolicy":"Min","stabilizationWindowSeconds":0}}
! sleep 16
$ kubectl describe hpa rich | sed -n '/^Conditions/,/^Events/p'
Conditions:
  Type         Status  Reason          Message
  ----         ------  ------          -------
  AbleToScale  False   FailedGetScale  the HPA controller was unable to get the target's current scale: deployments.apps "ghost" not found
Events:
$ kubectl apply -f - <<'EOF'
> apiVersion: autoscaling/v1
> kind: HorizontalPodAutoscaler
> metadata: {name: old}
> spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 3, targetCPUUtilizationPercentage: 33}
> EOF
The HorizontalPodAutoscaler "old" is invalid: spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group
[exit 1]
$ kubectl get hpa old -o jsonpath='{.spec.metrics}{"\n"}'
Error from server (NotFound): horizontalpodautoscalers.autoscaling "old" not found
[exit 1]
$ kubectl patch hpa old -p '{"spec":{"maxReplicas":0}}'
Error from server (NotFound): horizontalpodautoscalers.autoscaling "old" not found
[exit 1]
$ kubectl patch hpa old -p '{"spec":{"minReplicas":9}}'
Error from server (NotFound): horizontalpodautoscalers.autoscaling "old" not found
[exit 1]
$ kubectl get hpa
NAME   REFERENCE          TARGETS                                                  MINPODS   MAXPODS   REPLICAS   AGE
both   Deployment/web     cpu: <unknown>/500m, memory: <unknown>/1Gi               1         4         0          72s
m      Deployment/web     memory: <unknown>/80%                                    1         4         0          73s
rich   Deployment/ghost   cpu: <unknown>/100m, memory: <unknown>/40% + 3 more...   1         7         0          19s
web    Deployment/web     cpu: <unknown>/60m                                       2         5         0          73s
x      Deployment/web     cpu: <unknown>/80%                                       1         3         0          71s
zero   Deployment/web     cpu: <unknown>/80%                                       1         4         0          72s
! kubectl delete hpa --all
