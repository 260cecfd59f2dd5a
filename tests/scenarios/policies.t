# Admission policies: one that denies, one that warns, one that changes what is written, and what types find wrong with one.
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: few-replicas}
> spec:
>   failurePolicy: Fail
>   paramKind: {apiVersion: v1, kind: ConfigMap}
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
>   variables:
>   - {name: most, expression: "int(params.data.replicas)"}
>   validations:
>   - expression: object.spec.replicas <= variables.most
>     messageExpression: "'at most ' + string(variables.most) + ' replicas'"
>   - expression: has(object.metadata.labels) && 'team' in object.metadata.labels
>     message: a deployment belongs to a team
>     reason: Forbidden
> ---
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicyBinding
> metadata: {name: few-replicas}
> spec:
>   policyName: few-replicas
>   validationActions: [Deny]
>   paramRef: {name: limits, parameterNotFoundAction: Deny}
>   matchResources: {namespaceSelector: {matchLabels: {policies: strict}}}
> EOF
validatingadmissionpolicy.admissionregistration.k8s.io/few-replicas created
validatingadmissionpolicybinding.admissionregistration.k8s.io/few-replicas created
$ kubectl create deployment web --image=nginx --replicas=4
$ kubectl label namespace t-policies policies=strict
$ kubectl scale deployment web --replicas=3
$ kubectl label deployment web team=sky
$ kubectl create configmap limits --from-literal=replicas=2
$ kubectl label deployment web team=sky
$ kubectl patch deployment web -p '{"spec":{"replicas":2}}'
$ kubectl patch deployment web -p '{"spec":{"replicas":2},"metadata":{"labels":{"team":"sky"}}}'
$ kubectl create deployment other --image=nginx
$ kubectl get vap,vapb
$ kubectl patch vapb few-replicas --type=merge -p '{"spec":{"validationActions":["Warn"]}}'
$ kubectl create deployment other --image=nginx
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: mistaken}
> spec:
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
>   validations:
>   - {expression: "object.spec.replica > 1 || request.wings"}
> EOF
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: ValidatingAdmissionPolicy
> metadata: {name: mistaken}
> spec:
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
>   validations:
>   - {expression: "object.spec.replica > 1"}
> EOF
$ sleep 1
$ kubectl get vap mistaken -o jsonpath='{.status.observedGeneration}{"\n"}{.status.typeChecking.expressionWarnings[0].warning}'
$ kubectl get vap few-replicas -o jsonpath='{.status}{"\n"}'
$ kubectl apply -f - <<'EOF'
> apiVersion: admissionregistration.k8s.io/v1
> kind: MutatingAdmissionPolicy
> metadata: {name: sidecar}
> spec:
>   reinvocationPolicy: IfNeeded
>   matchConstraints:
>     resourceRules:
>     - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
>   matchConditions:
>   - {name: wanted, expression: "object.metadata.?annotations['sidecar'].orValue('') == 'yes'"}
>   - {name: once, expression: "!object.spec.containers.exists(c, c.name == 'side')"}
>   mutations:
>   - patchType: ApplyConfiguration
>     applyConfiguration:
>       expression: >-
>         Object{spec: Object.spec{containers: [Object.spec.containers{name: "side", image: "busybox", command: ["sleep", "1000"]}]}}
>   - patchType: JSONPatch
>     jsonPatch:
>       expression: >-
>         [JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("example.com/by"), value: request.userInfo.username}]
> ---
> apiVersion: admissionregistration.k8s.io/v1
> kind: MutatingAdmissionPolicyBinding
> metadata: {name: sidecar}
> spec: {policyName: sidecar}
> EOF
$ kubectl run one --image=nginx --annotations=sidecar=yes
$ kubectl run two --image=nginx
$ kubectl get pods one two -o jsonpath='{range .items[*]}{.metadata.name}: {.spec.containers[*].name} {.metadata.annotations}{"\n"}{end}'
$ kubectl delete vap few-replicas mistaken
$ kubectl delete map/sidecar
$ kubectl create deployment free --image=nginx --replicas=9
