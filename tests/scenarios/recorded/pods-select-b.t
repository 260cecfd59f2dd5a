! for i in 1 2 3 4; do kubectl run p$i --image=nginx:1.2$i --labels=app=shop,n=$i,grp=g$((i%2)) --overrides='{"spec":{"nodeName":"node-'$(( (i-1)%3+1 ))'","terminationGracePeriodSeconds":0}}'; done
! kubectl wait --for=condition=Ready pod --all --timeout=60s
$ kubectl get pods -l 'n>2' 
NAME   READY   STATUS    RESTARTS   AGE
p3     1/1     Running   0          2s
p4     1/1     Running   0          1s
$ kubectl get pods -l 'n<3' -o name
pod/p1
pod/p2
$ kubectl get pods -l 'n in (1,3),grp=g1' -o name
pod/p1
pod/p3
$ kubectl get pods -l 'app,!gone' -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods -l 'app==shop,n notin (1,2,3)' -o name
pod/p4
$ kubectl get pods -l '' -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods -l ',' 
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector ",", field selector "": found ',', expected: !, identifier, or 'end of string'
[exit 1]
$ kubectl get pods -l 'a b'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "a b", field selector "": unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt
[exit 1]
$ kubectl get pods -l 'n in ()' -o name
$ kubectl get pods -l '=x'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "=x", field selector "": found '=', expected: !, identifier, or 'end of string'
[exit 1]
$ kubectl get pods -l 'n>x'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "n>x", field selector "": unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer
[exit 1]
$ kubectl get pods -l 'app=shop' -l 'n=2' -o name
pod/p2
$ kubectl get pods -l 'very/bad/key=1'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "very/bad/key=1", field selector "": unable to parse requirement: <nil>: Invalid value: "very/bad/key": a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')
[exit 1]
$ kubectl get pods -l 'app=bad value'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "app=bad value", field selector "": found 'value', expected: ',' or 'end of string'
[exit 1]
$ kubectl get pods -l '-x=1'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "-x=1", field selector "": unable to parse requirement: <nil>: Invalid value: "-x": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
[exit 1]
$ kubectl get pods --selector=app=shop --field-selector=metadata.name!=p1 -o name
pod/p2
pod/p3
pod/p4
$ kubectl get pods --field-selector=metadata.namespace=$NS,status.phase=Running -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods --field-selector=spec.restartPolicy=Always -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods --field-selector=spec.schedulerName=default-scheduler,spec.serviceAccountName=default -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods --field-selector=status.podIP=1.2.3.4
No resources found in t-pods-select-b namespace.
$ kubectl get pods --field-selector=spec.hostNetwork=false -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods --field-selector=status.nominatedNodeName= -o name | wc -l
4
$ kubectl get pods --field-selector='metadata.name in (p1)'
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "metadata.name in (p1)": invalid selector: 'metadata.name in (p1)'; can't understand 'metadata.name in (p1)'
[exit 1]
$ kubectl get pods --field-selector=metadata.name
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "metadata.name": invalid selector: 'metadata.name'; can't understand 'metadata.name'
[exit 1]
$ kubectl get pods --field-selector=metadata.labels.app=shop
Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "metadata.labels.app=shop": field label not supported: metadata.labels.app
[exit 1]
$ kubectl get pods --field-selector=metadata.name=p1,metadata.name=p2
No resources found in t-pods-select-b namespace.
$ kubectl get pods p1 --field-selector=metadata.name=p1
error: name cannot be provided when a selector is specified
[exit 1]
$ kubectl get pods -A --field-selector=metadata.namespace=$NS -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get nodes --field-selector=spec.unschedulable=false -o name
node/node-1
node/node-2
node/node-3
$ kubectl get nodes --field-selector=status.phase=x
Error from server (BadRequest): Unable to find "/v1, Resource=nodes" that match label selector "", field selector "status.phase=x": field label not supported: status.phase
[exit 1]
$ kubectl get svc --field-selector=spec.type=ClusterIP
No resources found in t-pods-select-b namespace.
$ kubectl get svc --field-selector=spec.clusterIP=None,spec.type=ClusterIP
No resources found in t-pods-select-b namespace.
$ kubectl get events --field-selector=involvedObject.kind=Pod,type=Warning
No resources found in t-pods-select-b namespace.
$ kubectl get pods --sort-by=.spec.containers[0].image -o name
pod/p1
pod/p2
pod/p3
pod/p4
$ kubectl get pods --sort-by=.metadata.labels.grp
NAME   READY   STATUS    RESTARTS   AGE
p2     1/1     Running   0          14s
p4     1/1     Running   0          13s
p1     1/1     Running   0          14s
p3     1/1     Running   0          14s
$ kubectl get pods --sort-by='{.metadata.name}' --no-headers -o custom-columns=N:.metadata.name
p1
p2
p3
p4
$ kubectl get pods --sort-by=.status.containerStatuses[0].restartCount -o name | wc -l
4
$ kubectl get pods --sort-by=metadata.name -o name | tail -1
pod/p4
$ kubectl get pods -L grp --sort-by=.metadata.labels.n
NAME   READY   STATUS    RESTARTS   AGE   GRP
p1     1/1     Running   0          15s   g1
p2     1/1     Running   0          15s   g0
p3     1/1     Running   0          15s   g1
p4     1/1     Running   0          14s   g0
$ kubectl get pods --label-columns=n -l grp=g0
NAME   READY   STATUS    RESTARTS   AGE   N
p2     1/1     Running   0          15s   2
p4     1/1     Running   0          14s   4
$ kubectl label pods p1 p2 x=1 y=2
pod/p1 labeled
pod/p2 labeled
$ kubectl label pods p1 p3 x=2
pod/p3 labeled
error: 'x' already has a value (1), and --overwrite is false
[exit 1]
$ kubectl label pods -l x=1 x-
pod/p1 unlabeled
pod/p2 unlabeled
$ kubectl label pods -l none=1 x=1
$ kubectl label pods p1 app=shop
pod/p1 not labeled
$ kubectl label pod/p1 node/node-9 q=1
pod/p1 labeled
Error from server (NotFound): nodes "node-9" not found
[exit 1]
$ kubectl annotate pods -l grp=g1 note=hi
pod/p1 annotated
pod/p3 annotated
$ kubectl get pods -o jsonpath='{range .items[?(@.metadata.annotations.note=="hi")]}{.metadata.name} {end}{"\n"}'
p1 p3 
$ kubectl get pods -o jsonpath='{.items[?(@.metadata.labels.n>"2")].metadata.name}{"\n"}'
p3 p4
$ kubectl get pods -o jsonpath='{.items[*].spec.containers[*].image}{"\n"}'
nginx:1.21 nginx:1.22 nginx:1.23 nginx:1.24
$ kubectl get pods -o jsonpath='{.items[-1:].metadata.name}{"\n"}'
p4
$ kubectl get pods -o jsonpath='{.items[::2].metadata.name}{"\n"}'
p1 p3
$ kubectl get pods -o jsonpath='{.kind} {.apiVersion} {.metadata}{"\n"}'
List v1 {"resourceVersion":""}
$ kubectl get pods -o go-template='{{len .items}} {{(index .items 0).metadata.name}}{{"\n"}}'
4 p1
$ kubectl get pods p1 p2 -o jsonpath='{.items[*].metadata.name}{"\n"}'
p1 p2
$ kubectl get pods p1 p2 -o yaml | head -3
apiVersion: v1
items:
- apiVersion: v1
$ kubectl get pods p1 nope -o name
pod/p1
Error from server (NotFound): pods "nope" not found
[exit 1]
$ kubectl get pods -l n=1 -o json | jq -r '.kind,(.items|length)'
List
1
$ kubectl get pods --chunk-size=2 --no-headers | wc -l
4
$ kubectl delete pods -l 'n in (1,2)' --dry-run=server
pod "p1" deleted from t-pods-select-b namespace (server dry run)
pod "p2" deleted from t-pods-select-b namespace (server dry run)
$ kubectl delete pods -l grp=g1,n=1 -o name
pod/p1
$ kubectl delete pods --field-selector=metadata.name=p2
pod "p2" deleted from t-pods-select-b namespace
$ kubectl delete pods p3 p4 nope
pod "p3" deleted from t-pods-select-b namespace
pod "p4" deleted from t-pods-select-b namespace
Error from server (NotFound): pods "nope" not found
[exit 1]
$ kubectl get pods
No resources found in t-pods-select-b namespace.
