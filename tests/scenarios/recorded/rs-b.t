$ kubectl apply -f - <<'EOF'
> apiVersion: apps/v1
> kind: ReplicaSet
> metadata: {name: crew, labels: {l: m}, annotations: {n: o}}
> spec:
>   replicas: 3
>   minReadySeconds: 1
>   selector: {matchExpressions: [{key: app, operator: In, values: [crew, team]}]}
>   template:
>     metadata: {labels: {app: crew}, annotations: {x: y}}
>     spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: "nginx:1.27"}]}
> EOF
Error from server (BadRequest): error when creating "STDIN": ReplicaSet in version "v1" cannot be handled as a ReplicaSet: json: cannot unmarshal bool into Go struct field ObjectMeta.spec.template.metadata.annotations of type string
[exit 1]
! kubectl wait --for=jsonpath='{.status.availableReplicas}'=3 rs/crew --timeout=60s
$ kubectl get rs crew -o wide
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl get rs crew -o jsonpath='{.status}{"\n"}'
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl describe rs crew | sed 's/crew-[a-z0-9]*$/crew-X/'
Error from server (NotFound): replicasets.apps "crew" not found
$ kubectl get pods -l app=crew -o jsonpath='{.items[0].metadata.annotations} {.items[0].metadata.generateName}{"\n"}'
error: error executing jsonpath "{.items[0].metadata.annotations} {.items[0].metadata.generateName}{\"\\n\"}": Error executing template: array index out of bounds: index 0, length 0. Printing more information for debugging the template:
	template was:
		{.items[0].metadata.annotations} {.items[0].metadata.generateName}{"\n"}
	object given to jsonpath engine was:
		map[string]interface {}{"apiVersion":"v1", "items":[]interface {}{}, "kind":"List", "metadata":map[string]interface {}{"resourceVersion":""}}


[exit 1]
$ kubectl annotate $(kubectl get pods -l app=crew -o name | head -1) controller.kubernetes.io/pod-deletion-cost=-10 | sed 's/crew-[a-z0-9]*/crew-X/'
error: one or more resources must be specified as <resource> <name> or <resource>/<name>
$ kubectl scale rs crew --replicas=2
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
! sleep 2
$ kubectl get pods -l app=crew -o jsonpath='{.items[*].metadata.annotations.controller\.kubernetes\.io/pod-deletion-cost}|{"\n"}'
|
$ kubectl rollout status rs/crew
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl rollout restart rs/crew
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl rollout history rs/crew
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl set image rs/crew c=nginx:1.28
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl get pods -l app=crew -o jsonpath='{.items[*].spec.containers[0].image}{"\n"}'

$ kubectl delete pods -l app=crew | wc -l
1
! kubectl wait --for=jsonpath='{.status.availableReplicas}'=2 rs/crew --timeout=60s
$ kubectl get pods -l app=crew -o jsonpath='{.items[*].spec.containers[0].image}{"\n"}'

$ kubectl autoscale rs crew --max=4 --cpu=50%
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl expose rs crew --port=80
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl expose rs crew --port=80 --selector=app=crew -o jsonpath='{.spec.selector}{"\n"}'
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl apply -f - <<'EOF'
> apiVersion: apps/v1
> kind: ReplicaSet
> metadata: {name: rival}
> spec:
>   replicas: 1
>   selector: {matchLabels: {app: team}}
>   template: {metadata: {labels: {app: team}}, spec: {terminationGracePeriodSeconds: 0, containers: [{name: c, image: "nginx:1.27"}]}}
> EOF
replicaset.apps/rival created
! sleep 2
$ kubectl get rs --no-headers | awk '{print $1,$2,$3,$4}'
rival 1 1 1
$ kubectl delete rs crew --cascade=orphan
Error from server (NotFound): replicasets.apps "crew" not found
[exit 1]
$ kubectl label pods -l app=crew app=team --overwrite | wc -l
0
! sleep 3
$ kubectl get pods -l app=team --no-headers | wc -l
1
$ kubectl describe rs rival | sed -n '/^Events/,$p' | awk '{print $1,$2}' | sort | uniq -c | awk '{print $1,$2,$3}'
1 ---- ------
1 Events: 
1 Normal SuccessfulCreate
1 Type Reason
$ kubectl patch rs rival -p '{"spec":{"replicas":"x"}}'
The request is invalid: patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32
[exit 1]
$ kubectl patch rs rival --type=merge -p '{"spec":{"selector":null}}'
The ReplicaSet "rival" is invalid: 
* spec.selector: Required value
* spec.template.metadata.labels: Invalid value: {"app":"team"}: `selector` does not match template `labels`
* spec.selector: Invalid value: null: field is immutable
[exit 1]
$ kubectl patch rs rival --type=merge -p '{"spec":{"template":null}}'
The ReplicaSet "rival" is invalid: 
* spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`
* spec.template.spec.containers: Required value
[exit 1]
$ kubectl patch rs rival -p '{"metadata":{"finalizers":["foregroundDeletion"]}}'
replicaset.apps/rival patched
$ kubectl delete rs rival --cascade=foreground --wait=false
replicaset.apps "rival" deleted from t-rs-b namespace
$ kubectl wait --for=delete rs/rival --timeout=30s
$ kubectl get pods -l app=team
No resources found in t-rs-b namespace.
$ kubectl create -f - <<'EOF'
> apiVersion: apps/v1
> kind: ReplicaSet
> metadata: {name: empty}
> spec: {replicas: 0, selector: {}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: x}]}}}
> EOF
The ReplicaSet "empty" is invalid: spec.selector: Invalid value: {}: empty selector is invalid for deployment
[exit 1]
$ kubectl create -f - <<'EOF'
> apiVersion: apps/v1
> kind: ReplicaSet
> metadata: {name: mismatch}
> spec: {selector: {matchLabels: {a: b}, matchExpressions: [{key: c, operator: In}]}, template: {metadata: {labels: {a: c}}, spec: {containers: [{name: c, image: x}]}}}
> EOF
The ReplicaSet "mismatch" is invalid: 
* spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'
* spec.selector: Invalid value: {"matchLabels":{"a":"b"},"matchExpressions":[{"key":"c","operator":"In"}]}: invalid label selector
[exit 1]
