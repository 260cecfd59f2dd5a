! mkdir -p $TMP/d/sub; printf 'A=1\nB=two\n\n#c\nexport=3\n' > $TMP/a.env; printf 'B=9\nC=4\n' > $TMP/b.env; printf 'x y\n' > $TMP/d/f1; printf '\377\376\001' > $TMP/d/bin; printf 'novalue\n' > $TMP/n.env; printf '1bad=2\n' > $TMP/bad.env
$ kubectl create cm two --from-env-file=$TMP/a.env --from-env-file=$TMP/b.env
error: cannot add key "B", another key by that name already exists in Data for ConfigMap "two"
[exit 1]
$ kubectl create cm two --from-env-file=$TMP/a.env
configmap/two created
$ kubectl get cm two -o yaml
apiVersion: v1
data:
  A: "1"
  B: two
  export: "3"
kind: ConfigMap
metadata:
  creationTimestamp: "2026-11-30T15:45:07Z"
  name: two
  namespace: t-configmaps-b
  resourceVersion: "734"
  uid: 1daec80b-6432-40a2-a165-cea32c55e44d
$ NOVALUE=q novalue=z kubectl create cm env --from-env-file=$TMP/n.env
configmap/env created
$ kubectl get cm env -o jsonpath='{.data}{"\n"}'
{"novalue":"z"}
$ kubectl create cm bad --from-env-file=$TMP/bad.env
error: "1bad" is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')
[exit 1]
$ kubectl create cm bin --from-file=$TMP/d
configmap/bin created
$ kubectl get cm bin -o yaml
apiVersion: v1
binaryData:
  bin: //4B
data:
  f1: |
    x y
kind: ConfigMap
metadata:
  creationTimestamp: "2026-11-30T15:45:09Z"
  name: bin
  namespace: t-configmaps-b
  resourceVersion: "753"
  uid: b5d0170e-22b7-41a8-b977-7afeaac83c2b
$ kubectl describe cm bin
Name:         bin
Namespace:    t-configmaps-b
Labels:       <none>
Annotations:  <none>

Data
====
f1:
----
x y



BinaryData
====
bin: 3 bytes

Events:  <none>
$ kubectl create cm files --from-file=$TMP/d/f1 --from-file=other=$TMP/d/f1
configmap/files created
$ kubectl get cm files -o jsonpath='{.data}{"\n"}'
{"f1":"x y\n","other":"x y\n"}
$ kubectl create cm files2 --from-file=$TMP/d/f1 --from-file=f1=$TMP/d/f1
error: cannot add key "f1", another key by that name already exists in Data for ConfigMap "files2"
[exit 1]
! kubectl create cm files2 --from-file==$TMP/d/f1
$ kubectl create cm files2 --from-file=a=b=c
error: key names or file paths cannot contain '='
[exit 1]
$ kubectl create cm lit --from-literal==x
error: invalid literal source =x, expected key=value
[exit 1]
$ kubectl create cm lit --from-literal=a= --from-literal=b=x=y
configmap/lit created
$ kubectl get cm lit -o jsonpath='{.data}{"\n"}'
{"a":"","b":"x=y"}
$ kubectl create cm hash --from-literal=a=b --append-hash -o name
configmap/hash-9b72khkbkc
$ kubectl create cm q --from-literal='a="quoted"' --from-literal="b='single'" -o yaml --dry-run=client
apiVersion: v1
data:
  a: '"quoted"'
  b: '''single'''
kind: ConfigMap
metadata:
  name: q
$ kubectl create cm multi --from-literal=t='line one
> line two' -o yaml --dry-run=client
apiVersion: v1
data:
  t: |-
    line one
    line two
kind: ConfigMap
metadata:
  name: multi
$ kubectl create cm
error: exactly one NAME is required, got 0
See 'kubectl create configmap -h' for help and examples
[exit 1]
$ kubectl create cm one two
error: exactly one NAME is required, got 2
See 'kubectl create configmap -h' for help and examples
[exit 1]
$ kubectl create cm Under_Score
error: failed to create configmap: ConfigMap "Under_Score" is invalid: metadata.name: Invalid value: "Under_Score": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')
[exit 1]
$ kubectl create configmap long --from-literal=$(printf 'k%.0s' $(seq 254))=v
error: "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" is not a valid key name for a ConfigMap: must be no more than 253 characters
[exit 1]
$ kubectl get cm --show-labels
NAME               DATA   AGE   LABELS
bin                2      9s    <none>
env                1      10s   <none>
files              2      7s    <none>
hash-9b72khkbkc    1      3s    <none>
kube-root-ca.crt   1      13s   <none>
lit                2      4s    <none>
two                3      11s   <none>
$ kubectl get cm two -o wide
NAME   DATA   AGE
two    3      11s
$ kubectl get cm two lit -o custom-columns=N:.metadata.name,K:.data.A
N     K
two   1
lit   <none>
$ kubectl get cm -o go-template='{{range .items}}{{.metadata.name}} {{len .data}}{{"\n"}}{{end}}'
bin 1
env 1
files 2
hash-9b72khkbkc 1
kube-root-ca.crt 1
lit 2
two 3
$ kubectl get cm two -o go-template='{{range $k, $v := .data}}{{$k}}={{$v}};{{end}}{{"\n"}}'
A=1;B=two;export=3;
$ kubectl get cm two -o jsonpath='{.data.export}{"\n"}'
3
$ kubectl get cm two -o jsonpath-as-json='{.data}'
[
    {
        "A": "1",
        "B": "two",
        "export": "3"
    }
]
$ kubectl get cm two -o json | jq -S 'del(.metadata)'
{
  "apiVersion": "v1",
  "data": {
    "A": "1",
    "B": "two",
    "export": "3"
  },
  "kind": "ConfigMap"
}
$ kubectl describe cm two lit | grep -E '^(Name|Data|A|a|b):'
Name:         two
A:
Name:         lit
a:
b:
$ kubectl describe cm tw
Name:         two
Namespace:    t-configmaps-b
Labels:       <none>
Annotations:  <none>

Data
====
A:
----
1

B:
----
two

export:
----
3


BinaryData
====


$ kubectl label cm two lit x=1
configmap/two labeled
configmap/lit labeled
$ kubectl delete cm -l x=1
configmap "lit" deleted from t-configmaps-b namespace
configmap "two" deleted from t-configmaps-b namespace
$ kubectl delete cm two --ignore-not-found
$ kubectl create cm imm --from-literal=a=b
configmap/imm created
$ kubectl patch cm imm --type=json -p '[{"op":"add","path":"/immutable","value":true},{"op":"add","path":"/data/b","value":"c"}]'
configmap/imm patched
$ kubectl label cm imm still=ok
configmap/imm labeled
$ kubectl patch cm imm --type=merge -p '{"binaryData":{"z":"AAAA"}}'
The ConfigMap "imm" is invalid: binaryData: Forbidden: field is immutable when `immutable` is set
[exit 1]
$ kubectl patch cm lit --type=merge -p '{"binaryData":{"z":"@@"}}'
Error from server (NotFound): configmaps "lit" not found
[exit 1]
$ kubectl create cm dupkeys -o yaml --dry-run=server --from-literal=z=1 | sed 's/uid.*/uid/'
apiVersion: v1
data:
  z: "1"
kind: ConfigMap
metadata:
  creationTimestamp: "2026-11-30T15:45:27Z"
  name: dupkeys
  namespace: t-configmaps-b
  uid
$ kubectl get cm --field-selector metadata.name=imm -o name
configmap/imm
$ kubectl get cm --field-selector data.a=b
Error from server (BadRequest): Unable to find "/v1, Resource=configmaps" that match label selector "", field selector "data.a=b": "data.a" is not a known field selector: only "metadata.name", "metadata.namespace"
[exit 1]
$ kubectl delete cm imm bin nope
configmap "imm" deleted from t-configmaps-b namespace
configmap "bin" deleted from t-configmaps-b namespace
Error from server (NotFound): configmaps "nope" not found
[exit 1]
