! kubectl create deployment q --image=nginx:1.27 --replicas=3; kubectl patch deploy q -p '{"spec":{"template":{"spec":{"terminationGracePeriodSeconds":0}}}}'; kubectl rollout status deploy/q
$ kubectl create pdb q --selector=app=q --max-unavailable=1
poddisruptionbudget.policy/q created
! sleep 2
$ kubectl get pdb q
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
q      N/A             1                 1                     2s
$ kubectl get pdb q -o wide
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
q      N/A             1                 1                     2s
$ kubectl describe pdb q
Name:             q
Namespace:        t-pdb-b
Max unavailable:  1
Selector:         app=q
Status:
    Allowed disruptions:  1
    Current:              3
    Desired:              2
    Total:                3
Events:                   <none>
$ kubectl get pdb q -o jsonpath='{.status}{"\n"}' | sed 's/"lastTransitionTime":"[^"]*",//'
{"conditions":[{"message":"","observedGeneration":1,"reason":"SufficientPods","status":"True","type":"DisruptionAllowed"}],"currentHealthy":3,"desiredHealthy":2,"disruptionsAllowed":1,"expectedPods":3,"observedGeneration":1}
$ kubectl get pdb q -o yaml | sed -n '/^spec/,/^status/p'
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app: q
status:
$ kubectl scale deploy q --replicas=5
deployment.apps/q scaled
! sleep 3
$ kubectl get pdb q -o jsonpath='{.status.expectedPods} {.status.desiredHealthy} {.status.disruptionsAllowed}{"\n"}'
5 4 1
$ kubectl patch pdb q -p '{"spec":{"maxUnavailable":"40%"}}'
poddisruptionbudget.policy/q patched
! sleep 2
$ kubectl get pdb q
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
q      N/A             40%               2                     10s
! P=$(kubectl get pods -l app=q -o name | head -1); kubectl create --raw /api/v1/namespaces/$NS/${P/pod/pods}/eviction -f - <<EOF
> {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"${P#pod/}"},"deleteOptions":{"dryRun":["All"]}}
> EOF
$ kubectl get pods -l app=q --no-headers | wc -l
5
$ P=$(kubectl get pods -l app=q -o name | head -1); kubectl create --raw /api/v1/namespaces/$NS/${P/pod/pods}/eviction -f - <<EOF
> {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"other"}}
> EOF
Error from server (BadRequest): name in URL does not match name in Eviction object
[exit 1]
$ kubectl patch pdb q -p '{"spec":{"maxUnavailable":0}}'
poddisruptionbudget.policy/q patched
! sleep 2
$ kubectl get pdb q
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
q      N/A             0                 0                     14s
$ P=$(kubectl get pods -l app=q -o name | head -1); kubectl create --raw /api/v1/namespaces/$NS/${P/pod/pods}/eviction -f - <<EOF 2>&1
> {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"${P#pod/}"}}
> EOF
Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.
[exit 1]
$ kubectl create pdb second --selector=app=q --min-available=1
poddisruptionbudget.policy/second created
! sleep 2
$ P=$(kubectl get pods -l app=q -o name | head -1); kubectl create --raw /api/v1/namespaces/$NS/${P/pod/pods}/eviction -f - <<EOF 2>&1
> {"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"${P#pod/}"}}
> EOF
Error from server: This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.
[exit 1]
$ kubectl get pdb second -o jsonpath='{.status.conditions[0].reason}{"\n"}'
SufficientPods
$ kubectl events --for pdb/second
No events found in t-pdb-b namespace.
$ kubectl delete pdb second
poddisruptionbudget.policy "second" deleted from t-pdb-b namespace
$ kubectl run lonely --image=nginx:1.27 --labels=app=lone --overrides='{"spec":{"nodeName":"node-1","terminationGracePeriodSeconds":0}}'
pod/lonely created
$ kubectl create pdb lone --selector=app=lone --max-unavailable=1
poddisruptionbudget.policy/lone created
! kubectl wait --for=condition=Ready pod/lonely; sleep 2
$ kubectl get pdb lone
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
lone   N/A             1                 0                     3s
$ kubectl describe pdb lone
Name:             lone
Namespace:        t-pdb-b
Max unavailable:  1
Selector:         app=lone
Status:
    Allowed disruptions:  0
    Current:              1
    Desired:              0
    Total:                0
Events:
  Type     Reason         Age              From               Message
  ----     ------         ----             ----               -------
  Warning  UnmanagedPods  3s (x4 over 4s)  controllermanager  Pods selected by this PodDisruptionBudget (selector: &LabelSelector{MatchLabels:map[string]string{app: lone,},MatchExpressions:[]LabelSelectorRequirement{},}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.
$ kubectl get pdb lone -o jsonpath='{.status.conditions[0].message}{"\n"}'

$ kubectl patch pdb lone -p '{"spec":{"maxUnavailable":null,"minAvailable":1}}'
poddisruptionbudget.policy/lone patched
! sleep 2
$ kubectl get pdb lone
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
lone   1               N/A               0                     7s
$ kubectl delete pod lonely
pod "lonely" deleted from t-pdb-b namespace
! sleep 2
$ kubectl get pdb lone
NAME   MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
lone   1               N/A               0                     10s
$ kubectl patch pdb lone -p '{"spec":{"unhealthyPodEvictionPolicy":"AlwaysAllow"}}'
poddisruptionbudget.policy/lone patched
$ kubectl describe pdb lone | grep -iE 'unhealthy|allowed|current|desired|total'
    Allowed disruptions:  0
    Current:              0
    Desired:              1
    Total:                0
$ kubectl patch pdb lone -p '{"spec":{"unhealthyPodEvictionPolicy":"Sometimes"}}'
The PodDisruptionBudget "lone" is invalid: spec.unhealthyPodEvictionPolicy: Unsupported value: "Sometimes": supported values: "AlwaysAllow", "IfHealthyBudget"
[exit 1]
$ kubectl patch pdb lone -p '{"spec":{"minAvailable":-1}}'
The PodDisruptionBudget "lone" is invalid: spec.minAvailable: Invalid value: -1: must be greater than or equal to 0
[exit 1]
$ kubectl patch pdb lone -p '{"spec":{"minAvailable":"abc"}}'
The PodDisruptionBudget "lone" is invalid: spec.minAvailable: Invalid value: "abc": a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')
[exit 1]
$ kubectl patch pdb lone --type=merge -p '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'
poddisruptionbudget.policy/lone patched
$ kubectl apply -f - <<'EOF'
> apiVersion: policy/v1
> kind: PodDisruptionBudget
> metadata: {name: every}
> spec: {selector: {}, minAvailable: 100%}
> EOF
poddisruptionbudget.policy/every created
! sleep 2
$ kubectl get pdb every
NAME    MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
every   100%            N/A               0                     3s
$ kubectl get pdb every -o jsonpath='{.status.disruptionsAllowed} {.status.expectedPods}{"\n"}'
0 5
$ kubectl apply -f - <<'EOF'
> apiVersion: policy/v1
> kind: PodDisruptionBudget
> metadata: {name: nosel}
> spec: {minAvailable: 1}
> EOF
poddisruptionbudget.policy/nosel created
! sleep 1
$ kubectl get pdb nosel
NAME    MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
nosel   1               N/A               0                     1s
$ kubectl create pdb a --selector='a in (b),!c' --min-available=1 -o yaml --dry-run=client
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: a
spec:
  minAvailable: 1
  selector:
    matchExpressions:
    - key: a
      operator: In
      values:
      - b
    - key: c
      operator: DoesNotExist
status:
  currentHealthy: 0
  desiredHealthy: 0
  disruptionsAllowed: 0
  expectedPods: 0
$ kubectl create pdb a --selector='a=' --min-available=1 --dry-run=server
poddisruptionbudget.policy/a created (server dry run)
$ kubectl create pdb a --selector='bad selector' --min-available=1
error: couldn't parse the selector string "bad selector": unable to parse requirement: found 'selector', expected: in, notin, =, ==, !=, gt, lt
[exit 1]
$ kubectl create poddisruptionbudget a --selector=a=b --min-available=x
error: invalid format specified for min-available
[exit 1]
$ kubectl create pdb --selector=a=b --min-available=1
error: exactly one NAME is required, got 0
See 'kubectl create poddisruptionbudget -h' for help and examples
[exit 1]
$ kubectl get pdb
NAME    MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
every   100%            N/A               0                     5s
lone    1               N/A               0                     18s
nosel   1               N/A               0                     2s
q       N/A             0                 0                     37s
$ kubectl delete pdb --all
poddisruptionbudget.policy "every" deleted from t-pdb-b namespace
poddisruptionbudget.policy "lone" deleted from t-pdb-b namespace
poddisruptionbudget.policy "nosel" deleted from t-pdb-b namespace
poddisruptionbudget.policy "q" deleted from t-pdb-b namespace
