! mkdir -p $TMP/k $TMP/comp $TMP/o2; cd $TMP/k; printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {app: web}}\nspec:\n  replicas: 1\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n      - name: c\n        image: nginx:1.20\n        envFrom: [{configMapRef: {name: conf}}, {secretRef: {name: sec}}]\n' > dep.yaml; printf 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n' > svc.yaml; printf 'A=1\nB=2\n' > e.env; printf 'file body\n' > f.txt
! printf 'resources: [dep.yaml, svc.yaml]\nnamespace: t-kustomize-b\nnameSuffix: -v2\nlabels:\n- pairs: {team: red}\n  includeSelectors: true\n- pairs: {only: meta}\ncommonAnnotations: {note: hi}\nreplicas: [{name: web, count: 0}]\nimages: [{name: nginx, newName: x.test/ng, newTag: "2"}]\nconfigMapGenerator:\n- name: conf\n  envs: [e.env]\n  files: [f.txt, k.txt=f.txt]\n  literals: [L=1]\nsecretGenerator:\n- name: sec\n  literals: [p=q]\n  type: Opaque\ngeneratorOptions: {labels: {g: y}, annotations: {ga: z}}\n' > $TMP/k/kustomization.yaml
! kubectl kustomize $TMP/k
! kubectl apply -k $TMP/k
! kubectl get -k $TMP/k -o name
! kubectl diff -k $TMP/k
! kubectl describe -k $TMP/k | grep ^Name:
! kubectl apply -k $TMP/k --dry-run=client
! kubectl apply -k $TMP/k --prune -l team=red --dry-run=server
! kubectl delete -k $TMP/k
! cd $TMP/k; printf 'resources: [dep.yaml]\npatches:\n- path: p1.yaml\n- target: {kind: Deployment, labelSelector: app=web}\n  patch: "[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]"\n- patch: "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {paused: true}}"\ngeneratorOptions: {disableNameSuffixHash: true}\nconfigMapGenerator: [{name: conf, literals: [a=b], options: {immutable: true}}]\nreplacements:\n- source: {kind: ConfigMap, name: conf, fieldPath: data.a}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.metadata.annotations.from], options: {create: true}}]\n' > kustomization.yaml; printf 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: c, env: [{name: X, value: "1"}]}, {name: side, image: busybox}]}}}\n' > p1.yaml
$ kubectl kustomize $TMP/k
error: trouble configuring builtin PatchTransformer with config: `
patch: '[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]'
target:
  kind: Deployment
  labelSelector: app=web
`: unable to parse SM or JSON patch from [patch: "[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]"]
[exit 1]
! printf 'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- target: {kind: Deployment}\n  patch: "[{op: replace, path: /spec/replicas, value: 7}]"\n' > $TMP/comp/kustomization.yaml; printf 'resources: [../k]\ncomponents: [../comp]\nnamePrefix: my-\nconfigMapGenerator: [{name: conf, behavior: merge, literals: [c=d]}]\n' > $TMP/o2/kustomization.yaml
! kubectl kustomize $TMP/o2
! printf 'resources: [../k]\npatchesStrategicMerge:\n- |-\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: web}\n  $patch: delete\npatchesJson6902:\n- target: {version: v1, kind: ConfigMap, name: conf}\n  patch: "[{op: add, path: /data/z, value: y}]"\ncommonLabels: {c: l}\n' > $TMP/o2/kustomization.yaml
! kubectl kustomize $TMP/o2
! printf 'resources: [missing.yaml]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: accumulating resources: accumulation err='accumulating resources from 'missing.yaml': evalsymlink failure on 'TMP/o2/missing.yaml' : lstat TMP/o2/missing.yaml: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on 'TMP/o2/missing.yaml' : lstat TMP/o2/missing.yaml: no such file or directory
! printf 'resource: [x]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: invalid Kustomization: json: unknown field "resource"
! printf 'resources: [../k]\nimages: nginx\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: invalid Kustomization: json: cannot unmarshal string into Go struct field Kustomization.images of type []types.Image
! printf 'resources: [../k, ../k]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: accumulating resources: accumulation err='accumulating resources from '../k': 'TMP/k' must resolve to a file': recursed accumulation of path 'TMP/k': trouble configuring builtin PatchTransformer with config: `
patch: '[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]'
target:
  kind: Deployment
  labelSelector: app=web
`: unable to parse SM or JSON patch from [patch: "[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]"]
! printf 'resources: [../k]\npatches: [{target: {kind: Nope}, patch: "[{op: remove, path: /x}]"}]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g" | head -3
error: accumulating resources: accumulation err='accumulating resources from '../k': 'TMP/k' must resolve to a file': recursed accumulation of path 'TMP/k': trouble configuring builtin PatchTransformer with config: `
patch: '[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]'
target:
! printf 'resources: [../k]\npatches: [{patch: "{apiVersion: v1, kind: Service, metadata: {name: nope}}"}]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g" | head -3
error: accumulating resources: accumulation err='accumulating resources from '../k': 'TMP/k' must resolve to a file': recursed accumulation of path 'TMP/k': trouble configuring builtin PatchTransformer with config: `
patch: '[{op: add, path: /spec/template/spec/containers/0/args, value: [x]}]'
target:
! printf '' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: kustomization.yaml is empty
! printf 'configMapGenerator: [{name: x, files: [nofile]}]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: loading KV pairs: file sources: [nofile]: evalsymlink failure on 'TMP/o2/nofile' : lstat TMP/o2/nofile: no such file or directory
! printf 'configMapGenerator: [{name: x, literals: [nokey]}]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: loading KV pairs: literal sources [nokey]: invalid literal source nokey, expected key=value
! printf 'resources: [../o2]\n' > $TMP/o2/kustomization.yaml
$ kubectl kustomize $TMP/o2 2>&1 | sed "s#$TMP#TMP#g"
error: accumulating resources: accumulation err='accumulating resources from '../o2': 'TMP/o2' must resolve to a file': cycle detected: candidate root 'TMP/o2' contains visited root 'TMP/o2'
! printf 'namespace: other\nsecretGenerator: [{name: s, envs: [a.env]}]\nbuildMetadata: [originAnnotations, managedByLabel]\nsortOptions: {order: legacy}\nresources: [a.yaml]\n' > $TMP/o2/kustomization.yaml; printf 'Q=w\n' > $TMP/o2/a.env; printf 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: sa}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: crb}\nsubjects: [{kind: ServiceAccount, name: sa, namespace: z}]\nroleRef: {kind: ClusterRole, name: x, apiGroup: rbac.authorization.k8s.io}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n' > $TMP/o2/a.yaml
! kubectl kustomize $TMP/o2
$ kubectl kustomize $TMP/none 2>&1 | sed "s#$TMP#TMP#g"
error: must build at directory: not a valid directory: evalsymlink failure on 'TMP/none' : lstat TMP/none: no such file or directory
! kubectl kustomize $TMP/o2 -o $TMP/out.yaml; head -3 $TMP/out.yaml
$ kubectl kustomize $TMP/o2 extra
error: specify one path to kustomization.yaml
[exit 1]
! cd $TMP/o2 && kubectl kustomize | tail -3
$ kubectl apply -k
error: flag needs an argument: 'k' in -k
See 'kubectl apply --help' for usage.
[exit 1]
$ kubectl apply -f $TMP/o2/kustomization.yaml 2>&1 | sed "s#$TMP#TMP#g"
error: error validating "TMP/o2/kustomization.yaml": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false
! mkdir -p $TMP/many; for i in 1 2 3; do printf 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m'$i', labels: {m: m}}\n' > $TMP/many/m$i.yml; done
$ kubectl create -f $TMP/many
configmap/m1 created
configmap/m2 created
configmap/m3 created
! kubectl create -f $TMP/many/m1.yml,$TMP/many/m2.yml
$ kubectl get -f $TMP/many -o name
configmap/m1
configmap/m2
configmap/m3
$ kubectl get -f $TMP/many/m1.yml -f $TMP/many/m3.yml
NAME   DATA   AGE
m1     0      1s
m3     0      1s
$ kubectl replace -f $TMP/many
configmap/m1 replaced
configmap/m2 replaced
configmap/m3 replaced
$ kubectl annotate -f $TMP/many a=b
configmap/m1 annotated
configmap/m2 annotated
configmap/m3 annotated
$ kubectl describe -f $TMP/many/m2.yml | head -4
Name:         m2
Namespace:    t-kustomize-b
Labels:       m=m
Annotations:  a: b
$ kubectl patch -f $TMP/many/m1.yml -p '{"data":{"k":"v"}}'
configmap/m1 patched
$ kubectl diff -f $TMP/many | grep '^[-+] '
[exit 1]
$ kubectl wait -f $TMP/many/m1.yml --for=jsonpath='{.data.k}'=v --timeout=5s
configmap/m1 condition met
$ kubectl delete -f $TMP/many/m1.yml -f $TMP/many/nope.yml 2>&1 | sed "s#$TMP#TMP#g"
error: the path "TMP/many/nope.yml" does not exist
$ kubectl delete -f $TMP/many --ignore-not-found
configmap "m1" deleted from t-kustomize-b namespace
configmap "m2" deleted from t-kustomize-b namespace
configmap "m3" deleted from t-kustomize-b namespace
$ kubectl delete -f $TMP/many 2>&1 | sed "s#$TMP#TMP#g"
Error from server (NotFound): error when deleting "TMP/many/m1.yml": configmaps "m1" not found
Error from server (NotFound): error when deleting "TMP/many/m2.yml": configmaps "m2" not found
Error from server (NotFound): error when deleting "TMP/many/m3.yml": configmaps "m3" not found
$ kubectl create -f "$TMP/many/*.yml" 2>&1 | sed "s#$TMP#TMP#g"
configmap/m1 created
configmap/m2 created
configmap/m3 created
! kubectl create -f https://127.0.0.1:1/x.yaml 2>&1 | tail -1
