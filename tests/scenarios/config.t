# A container whose configuration is not there waits for it, and starts once it is.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: wants}
> spec:
>   containers:
>   - name: c
>     image: nginx:1.27
>     env: [{name: MODE, valueFrom: {configMapKeyRef: {name: app, key: MODE}}}]
>     envFrom: [{secretRef: {name: key}}]
> EOF
pod/wants created
@advance 8s
$ kubectl get pod wants --no-headers | awk '{print $2, $3}'
0/1 CreateContainerConfigError
$ kubectl get pod wants -o jsonpath='{.status.containerStatuses[0].state.waiting} {.status.containerStatuses[0].imageID}{"\n"}'
{"message":"secret \"key\" not found","reason":"CreateContainerConfigError"} 
$ kubectl create secret generic key --from-literal=TOKEN=abc
secret/key created
@advance 15s
$ kubectl get pod wants -o jsonpath='{.status.containerStatuses[0].state.waiting.message}{"\n"}'
configmap "app" not found
$ kubectl create configmap app --from-literal=OTHER=x
configmap/app created
@advance 15s
$ kubectl get pod wants -o jsonpath='{.status.containerStatuses[0].state.waiting.message}{"\n"}'
couldn't find key MODE in ConfigMap t-config/app
$ kubectl get events --field-selector involvedObject.name=wants,reason=Failed -o custom-columns=TYPE:.type,MESSAGE:.message --no-headers
Warning   Error: secret "key" not found
Warning   Error: configmap "app" not found
Warning   Error: couldn't find key MODE in ConfigMap t-config/app
! kubectl patch configmap app -p '{"data": {"MODE": "slow"}}'
@advance 20s
$ kubectl get pod wants --no-headers | awk '{print $2, $3}'
1/1 Running
# A limit that was not set reads as what the node has.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: knows}
> spec:
>   restartPolicy: Never
>   containers:
>   - name: c
>     image: busybox:1.36
>     command: [sh, -c, 'echo \$CPU \$MEMORY \$REQUEST']
>     resources: {requests: {cpu: 100m}}
>     env:
>     - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
>     - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}
>     - {name: REQUEST, valueFrom: {resourceFieldRef: {resource: requests.cpu, divisor: 1m}}}
> EOF
pod/knows created
@advance 6s
$ kubectl logs knows
4 8192 100
# Who is evicted says why.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: going}
> spec: {terminationGracePeriodSeconds: 30, containers: [{name: c, image: "busybox:1.36", command: [sh, -c, "trap : TERM; sleep 20; sleep 20"]}]}
> EOF
pod/going created
@advance 6s
$ kubectl create --raw /api/v1/namespaces/t-config/pods/going/eviction -f - <<EOF > /dev/null
> {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "going"}}
> EOF
$ kubectl get pod going -o jsonpath='{range .status.conditions[?(@.type=="DisruptionTarget")]}{.status} {.reason}: {.message}{end}{"\n"}'
True EvictionByEvictionAPI: Eviction API: evicting
