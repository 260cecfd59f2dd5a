$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: LimitRange
> metadata: {name: all}
> spec:
>   limits:
>   - type: Container
>     min: {cpu: 10m, memory: 4Mi}
>     max: {cpu: 500m, memory: 512Mi}
>     default: {cpu: 200m, memory: 64Mi}
>     defaultRequest: {cpu: 50m}
>     maxLimitRequestRatio: {cpu: "8"}
>   - type: Pod
>     max: {cpu: "1", memory: 1Gi}
>     min: {cpu: 20m}
>   - type: PersistentVolumeClaim
>     min: {storage: 1Gi}
>     max: {storage: 5Gi}
> EOF
limitrange/all created
$ kubectl get limitrange -o wide
NAME   CREATED AT
all    2026-11-30T16:04:14Z
$ kubectl describe limits all
Name:                  all
Namespace:             t-limitrange-b
Type                   Resource  Min  Max    Default Request  Default Limit  Max Limit/Request Ratio
----                   --------  ---  ---    ---------------  -------------  -----------------------
Container              cpu       10m  500m   50m              200m           8
Container              memory    4Mi  512Mi  64Mi             64Mi           -
Pod                    cpu       20m  1      -                -              -
Pod                    memory    -    1Gi    -                -              -
PersistentVolumeClaim  storage   1Gi  5Gi    -                -              -
$ kubectl get limits all -o jsonpath='{.spec.limits[0]}{"\n"}'
{"default":{"cpu":"200m","memory":"64Mi"},"defaultRequest":{"cpu":"50m","memory":"64Mi"},"max":{"cpu":"500m","memory":"512Mi"},"maxLimitRequestRatio":{"cpu":"8"},"min":{"cpu":"10m","memory":"4Mi"},"type":"Container"}
$ kubectl run a --image=nginx:1.27
pod/a created
$ kubectl get pod a -o jsonpath='{.spec.containers[0].resources}{"\n"}{.metadata.annotations}{"\n"}'
{"limits":{"cpu":"200m","memory":"64Mi"},"requests":{"cpu":"50m","memory":"64Mi"}}
{"kubernetes.io/limit-ranger":"LimitRanger plugin set: cpu, memory request for container a; cpu, memory limit for container a"}
$ kubectl run b --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"b","image":"nginx","resources":{"limits":{"cpu":"400m"}}}]}}'
pod/b created
$ kubectl get pod b -o jsonpath='{.spec.containers[0].resources}{"\n"}{.metadata.annotations}{"\n"}'
{"limits":{"cpu":"400m","memory":"64Mi"},"requests":{"cpu":"400m","memory":"64Mi"}}
{"kubernetes.io/limit-ranger":"LimitRanger plugin set: memory request for container b; memory limit for container b"}
$ kubectl run c --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"requests":{"cpu":"10m"},"limits":{"cpu":"400m"}}}]}}'
Error from server (Forbidden): pods "c" is forbidden: [cpu max limit to request ratio per Container is 8, but provided ratio is 40.000000, minimum cpu usage per Pod is 20m, but request is 10m]
[exit 1]
$ kubectl run c --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"requests":{"cpu":"1m"}}}]}}'
Error from server (Forbidden): pods "c" is forbidden: [minimum cpu usage per Container is 10m, but request is 1m, cpu max limit to request ratio per Container is 8, but provided ratio is 200.000000, minimum cpu usage per Pod is 20m, but request is 1m]
[exit 1]
! kubectl run c --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"limits":{"cpu":"2","memory":"1Gi"}}}]}}'
$ kubectl run c --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"requests":{"cpu":"300m"}}}]}}'
The Pod "c" is invalid: spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m
[exit 1]
$ kubectl run c --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"c","image":"nginx","resources":{"limits":{"cpu":"500m"}}},{"name":"d","image":"nginx","resources":{"limits":{"cpu":"500m"}}},{"name":"e","image":"nginx"}]}}'
Error from server (Forbidden): pods "c" is forbidden: maximum cpu usage per Pod is 1, but limit is 1200m
[exit 1]
$ kubectl run i --image=nginx:1.27 --overrides='{"spec":{"initContainers":[{"name":"i","image":"nginx","resources":{"limits":{"memory":"600Mi"}}}]}}'
The Pod "i" is invalid: spec.initContainers[0].name: Duplicate value: "i"
[exit 1]
$ kubectl create deployment d --image=nginx:1.27
deployment.apps/d created
! sleep 1
$ kubectl set resources deploy d --limits=cpu=2
deployment.apps/d resource requirements updated
! sleep 2
$ kubectl get events --field-selector reason=FailedCreate -o jsonpath='{.items[0].message}{"\n"}' | sed 's/d-[a-z0-9-]*"/d-X"/'
Error creating: pods "d-X" is forbidden: [maximum cpu usage per Container is 500m, but limit is 2, maximum cpu usage per Pod is 1, but limit is 2]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: big}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 9Gi}}}
> EOF
Error from server (Forbidden): error when creating "STDIN": persistentvolumeclaims "big" is forbidden: maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 9Gi
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: PersistentVolumeClaim
> metadata: {name: small}
> spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 100Mi}}}
> EOF
Error from server (Forbidden): error when creating "STDIN": persistentvolumeclaims "small" is forbidden: minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 100Mi
[exit 1]
$ kubectl patch limits all --type=json -p '[{"op":"replace","path":"/spec/limits/0/min/cpu","value":"600m"}]'
The LimitRange "all" is invalid: 
* spec.limits[0].min[cpu]: Invalid value: "600m": min value 600m is greater than max value 500m
* spec.limits[0].defaultRequest[cpu]: Invalid value: "50m": min value 600m is greater than default request value 50m
* spec.limits[0].default[cpu]: Invalid value: "600m": min value 600m is greater than default value 200m
* spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "8": ratio 8 is greater than max/min = 0.833333
[exit 1]
$ kubectl patch limits all --type=json -p '[{"op":"add","path":"/spec/limits/1/default","value":{"cpu":"1"}}]'
The LimitRange "all" is invalid: spec.limits[1].default: Forbidden: may not be specified when `type` is 'Pod'
[exit 1]
$ kubectl patch limits all --type=json -p '[{"op":"add","path":"/spec/limits/-","value":{"type":"Node"}}]'
The LimitRange "all" is invalid: spec.limits[3].type: Invalid value: "Node": must be a standard limit type or fully qualified
[exit 1]
$ kubectl patch limits all --type=json -p '[{"op":"add","path":"/spec/limits/-","value":{"type":"Pod","max":{"cpu":"1"}}}]'
The LimitRange "all" is invalid: spec.limits[3].type: Duplicate value: "Pod"
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: LimitRange
> metadata: {name: second}
> spec: {limits: [{type: Container, defaultRequest: {memory: 1Gi}, default: {memory: 128Mi}}]}
> EOF
The LimitRange "second" is invalid: spec.limits[0].defaultRequest[memory]: Invalid value: "1Gi": default request value 1Gi is greater than default limit value 128Mi
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: LimitRange
> metadata: {name: third}
> spec: {limits: [{type: Container, max: {cpu: 300m}}]}
> EOF
limitrange/third created
$ kubectl get limits third -o yaml | sed -n '/^spec/,$p'
spec:
  limits:
  - default:
      cpu: 300m
    defaultRequest:
      cpu: 300m
    max:
      cpu: 300m
    type: Container
$ kubectl describe limits third
Name:       third
Namespace:  t-limitrange-b
Type        Resource  Min  Max   Default Request  Default Limit  Max Limit/Request Ratio
----        --------  ---  ---   ---------------  -------------  -----------------------
Container   cpu       -    300m  300m             300m           -
$ kubectl run e --image=nginx:1.27 --overrides='{"spec":{"containers":[{"name":"e","image":"nginx","resources":{"limits":{"cpu":"400m"}}}]}}'
Error from server (Forbidden): pods "e" is forbidden: maximum cpu usage per Container is 300m, but limit is 400m
[exit 1]
$ kubectl describe ns $NS | sed -n '/^Resource Limits/,$p'
Resource Limits
 Type                   Resource  Min  Max    Default Request  Default Limit  Max Limit/Request Ratio
 ----                   --------  ---  ---    ---------------  -------------  -----------------------
 Container              cpu       10m  500m   50m              200m           8
 Container              memory    4Mi  512Mi  64Mi             64Mi           -
 Pod                    cpu       20m  1      -                -              -
 Pod                    memory    -    1Gi    -                -              -
 PersistentVolumeClaim  storage   1Gi  5Gi    -                -              -
 Container              cpu       -    300m   300m             300m           -
$ kubectl delete limits --all
limitrange "all" deleted from t-limitrange-b namespace
limitrange "third" deleted from t-limitrange-b namespace
$ kubectl describe ns $NS | tail -2

No LimitRange resource.
