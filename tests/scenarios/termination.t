# A container that heeds TERM goes at once; one that does not is killed when its grace period ends.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: deaf, labels: {app: deaf}}
> spec:
>   terminationGracePeriodSeconds: 10
>   containers:
>   - {name: c, image: "busybox:1.36", command: [sh, -c, "trap '' TERM; while true; do sleep 1; done"]}
> ---
> apiVersion: v1
> kind: Pod
> metadata: {name: polite}
> spec:
>   terminationGracePeriodSeconds: 60
>   containers:
>   - {name: c, image: "nginx:1.27"}
> ---
> apiVersion: v1
> kind: Service
> metadata: {name: deaf}
> spec: {selector: {app: deaf}, ports: [{port: 80}]}
> EOF
pod/deaf created
pod/polite created
service/deaf created
@advance 10s
$ kubectl get pods --no-headers | awk '{print $1, $2, $3}'
deaf 1/1 Running
polite 1/1 Running
$ kubectl delete pod deaf polite --wait=false
pod "deaf" deleted from t-termination namespace
pod "polite" deleted from t-termination namespace
@advance 3s
$ kubectl get pods --no-headers | awk '{print $1, $2, $3}'
deaf 1/1 Terminating
$ kubectl get pod deaf -o jsonpath='{.metadata.deletionGracePeriodSeconds}{"\n"}'
10
$ kubectl get endpointslices -l kubernetes.io/service-name=deaf -o jsonpath='{.items[0].endpoints[0].conditions}{"\n"}'
{"ready":false,"serving":true,"terminating":true}
$ kubectl get events --field-selector involvedObject.name=deaf,reason=Killing -o custom-columns=TYPE:.type,MESSAGE:.message --no-headers
Normal   Stopping container c
@advance 10s
$ kubectl get pods --no-headers
No resources found in t-termination namespace.
# A preStop hook has its part of the grace period.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: hook}
> spec:
>   terminationGracePeriodSeconds: 20
>   containers:
>   - name: c
>     image: nginx:1.27
>     lifecycle: {preStop: {sleep: {seconds: 6}}}
> EOF
pod/hook created
@advance 8s
$ kubectl delete pod hook --wait=false
pod "hook" deleted from t-termination namespace
@advance 4s
$ kubectl get pod hook --no-headers | awk '{print $1, $2, $3}'
hook 1/1 Terminating
@advance 5s
$ kubectl get pods --no-headers
No resources found in t-termination namespace.
# Force takes it out of the API at once.
$ kubectl run gone --image=nginx:1.27
pod/gone created
@advance 5s
$ kubectl delete pod gone --force
Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
pod "gone" force deleted from t-termination namespace
