# Pruning by a set: what belongs together is kept in a parent object (KUBECTL_APPLYSET=true).
! kubectl config set-context --current --namespace=default; mkdir m; for n in a b; do printf "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: $n}\n" > m/$n.yaml; done
$ kubectl apply -f m --prune --applyset=x -n default
error: unknown flag: --applyset
See 'kubectl apply --help' for usage.
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --applyset=x
error: --applyset requires --prune
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x
error: namespace is required to use namespace-scoped ApplySet
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default --all
error: --all is incompatible with --applyset
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default -l a=b
error: --selector is incompatible with --applyset
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default --prune-allowlist=core/v1/ConfigMap
error: --prune-allowlist is incompatible with --applyset
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default --force
error: --force cannot be used with --prune
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=secrets/ -n default
error: invalid parent reference "secrets/": name cannot be blank
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=nope.grp/x -n default
error: invalid parent reference "nope.grp/x": no matches for grp/, Resource=nope
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=namespaces/x
error: resource "/v1, Resource=namespaces" is not permitted as an ApplySet parent
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
configmap/a created
configmap/b created
$ kubectl get secret x -o jsonpath='{.metadata.annotations}{"\n"}{.metadata.labels}{"\n"}'
{"applyset.kubernetes.io/additional-namespaces":"","applyset.kubernetes.io/contains-group-kinds":"ConfigMap","applyset.kubernetes.io/tooling":"kubectl/v1.36.2"}
{"applyset.kubernetes.io/id":"applyset-G-rLwzXLn5grGNpeFK7ac0_4jtXh8lZY2C-WSkRhu3w-v1"}
$ kubectl get configmap a -o jsonpath='{.metadata.labels}{"\n"}'
{"applyset.kubernetes.io/part-of":"applyset-G-rLwzXLn5grGNpeFK7ac0_4jtXh8lZY2C-WSkRhu3w-v1"}
$ rm m/b.yaml; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default --dry-run=client
configmap/a unchanged (dry run)
configmap/b pruned (dry run)
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default --dry-run=server
configmap/a unchanged (server dry run)
configmap/b pruned (server dry run)
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default -o name
configmap/a
configmap/b
$ kubectl get configmap a b
NAME   DATA   AGE
a      0      2s
Error from server (NotFound): configmaps "b" not found
[exit 1]
# A parent must be one, and this tool's.
$ kubectl annotate secret x applyset.kubernetes.io/contains-group-kinds=Foo.x --overwrite; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x annotated
error: parsing ApplySet annotation on "secrets./x": could not find mapping for kind in "applyset.kubernetes.io/contains-group-kinds" annotation: no matches for kind "Foo" in group "x"
[exit 1]
$ kubectl annotate secret x applyset.kubernetes.io/contains-group-kinds-; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x annotated
error: parsing ApplySet annotation on "secrets./x": kubectl requires the "applyset.kubernetes.io/contains-group-kinds" annotation to be set on all ApplySet parent objects
[exit 1]
$ kubectl label secret x applyset.kubernetes.io/id=no --overwrite; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x labeled
error: ApplySet parent object "secrets./x" exists and has incorrect value for label "applyset.kubernetes.io/id" (got: no, want: applyset-G-rLwzXLn5grGNpeFK7ac0_4jtXh8lZY2C-WSkRhu3w-v1)
[exit 1]
$ kubectl label secret x applyset.kubernetes.io/id-; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x unlabeled
error: ApplySet parent object "secrets./x" exists and does not have required label applyset.kubernetes.io/id
[exit 1]
$ kubectl annotate secret x applyset.kubernetes.io/tooling=helm/v3 --overwrite; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x annotated
error: ApplySet parent object "secrets./x" already exists and is managed by tooling "helm" instead of "kubectl"
[exit 1]
$ kubectl annotate secret x applyset.kubernetes.io/tooling-; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=x -n default
secret/x annotated
error: ApplySet parent object "secrets./x" already exists and is missing required annotation "applyset.kubernetes.io/tooling"
[exit 1]
$ kubectl get configmap a -o yaml > m/a.yaml; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=cm/y -n default
error: ApplySet label "applyset.kubernetes.io/part-of" already set in input data
[exit 1]
# A custom resource without a namespace covers several; what it says is taken over from whoever changed it.
$ kubectl apply -f - <<'EOF2'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: sets.example.com, labels: {applyset.kubernetes.io/is-parent-type: "true"}}
> spec:
>   group: example.com
>   scope: Cluster
>   names: {plural: sets, singular: set, kind: Set}
>   versions:
>   - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
> EOF2
customresourcedefinition.apiextensions.k8s.io/sets.example.com created
! kubectl wait --for=condition=Established crd/sets.example.com
! printf "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: kube-system}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: e}\n" > m/a.yaml
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=sets.example.com/p
error: custom resource ApplySet parents cannot be created automatically
[exit 1]
! printf "apiVersion: example.com/v1\nkind: Set\nmetadata: {name: p}\n" | kubectl apply -f -
! kubectl annotate set p applyset.kubernetes.io/tooling=kubectl/v1.36.2 applyset.kubernetes.io/contains-group-kinds=
! kubectl label set p applyset.kubernetes.io/id=applyset-BWrTkL83DbktmEppcQhfnDsyP62G6PEolShSLnou5XQ-v1
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=sets.example.com/p
W0901 00:00:16.100000       1 applyset.go:447] WARNING: failed to update ApplySet: Apply failed with 1 conflict: conflict with "kubectl-annotate" using example.com/v1: .metadata.annotations.applyset.kubernetes.io/contains-group-kinds
ApplySet field manager kubectl-applyset should own these fields. Retrying with conflicts forced.
configmap/c created
configmap/d created
namespace/e created
$ kubectl get set p -o jsonpath='{.metadata.annotations.applyset\.kubernetes\.io/additional-namespaces} {.metadata.annotations.applyset\.kubernetes\.io/contains-group-kinds}{"\n"}'
default,kube-system ConfigMap,Namespace
$ printf "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: kube-system}\n" > m/a.yaml; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=sets/p --server-side
configmap/c serverside-applied
configmap/d pruned
namespace/e pruned
$ kubectl get set p -o jsonpath='{.metadata.annotations.applyset\.kubernetes\.io/additional-namespaces} {.metadata.annotations.applyset\.kubernetes\.io/contains-group-kinds}{"\n"}'
kube-system ConfigMap
# Whoever may not delete or list is told at what.
! kubectl create clusterrole u --verb=get,create,patch,update --resource=configmaps; kubectl create clusterrolebinding u --clusterrole=u --user=u
! printf "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: f}\n" > m/a.yaml; KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=configmaps/z -n default
! printf "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: g}\n" > m/a.yaml
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=configmaps/z -n default --as=u
configmap/g created
error: listing /v1, Kind=ConfigMap objects for pruning: configmaps is forbidden: User "u" cannot list resource "configmaps" in API group "" in the namespace "default"
[exit 1]
! kubectl create clusterrole u2 --verb=list --resource=configmaps; kubectl create clusterrolebinding u2 --clusterrole=u2 --user=u
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=configmaps/z -n default --as=u
configmap/g unchanged
error: pruning ConfigMap default/f: configmaps "f" is forbidden: User "u" cannot delete resource "configmaps" in API group "" in the namespace "default"
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=sets/p --as=u
identifying allowed custom resource parent types: customresourcedefinitions.apiextensions.k8s.io is forbidden: User "u" cannot list resource "customresourcedefinitions" in API group "apiextensions.k8s.io" at the cluster scope
resource "example.com/v1, Resource=sets" is not permitted as an ApplySet parent
[exit 1]
$ KUBECTL_APPLYSET=true kubectl apply -f m --prune --applyset=cm/zz -n nothere
error: failed to update ApplySet: namespaces "nothere" not found
[exit 1]
