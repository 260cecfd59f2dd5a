! cd $TMP && openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 365 -subj /CN=x.test 2>/dev/null; openssl genrsa -out other.pem 2048 2>/dev/null; printf '{"auths":{"a.test":{"auth":"dTpw"}}}' > dc.json; printf 'U=1\nP=two\n' > s.env; printf 'notjson' > nj.json
! kubectl create secret tls t --cert=$TMP/c.pem --key=$TMP/k.pem
! kubectl describe secret t
! kubectl get secret t -o jsonpath='{.type} {.data}{"\n"}' | cut -c1-40
! kubectl create secret tls t2 --cert=$TMP/c.pem --key=$TMP/other.pem
! kubectl create secret tls t2 --cert=$TMP/k.pem --key=$TMP/c.pem
$ kubectl create secret tls t2 --cert=$TMP/c.pem
error: key and cert must be specified
[exit 1]
$ kubectl create secret docker-registry r --from-file=.dockerconfigjson=$TMP/dc.json
secret/r created
$ kubectl create secret docker-registry r2 --from-file=$TMP/nj.json
error: failed to create secret Secret "r2" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'o' in literal null (expecting 'u')
[exit 1]
$ kubectl create secret docker-registry r3 --docker-username=u
error: either --from-file or the combination of --docker-username, --docker-password and --docker-server is required
[exit 1]
$ kubectl create secret docker-registry r4 --docker-username=u --docker-password=p
secret/r4 created
$ kubectl get secret r4 -o jsonpath='{.data.\.dockerconfigjson}' | base64 -d; echo
{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p","auth":"dTpw"}}}
$ kubectl create secret generic e --from-env-file=$TMP/s.env
secret/e created
$ kubectl get secret e -o jsonpath='{.data}{"\n"}'
{"P":"dHdv","U":"MQ=="}
$ kubectl create secret generic e2 --from-env-file=$TMP/s.env --from-literal=a=b
error: from-env-file cannot be combined with from-file or from-literal
[exit 1]
$ kubectl create secret generic h --from-literal=a=b --append-hash
secret/h-d5ctf29272 created
$ kubectl create secret generic ba --type=kubernetes.io/basic-auth --from-literal=nothing=x
error: failed to create secret Secret "ba" is invalid: [data[username]: Required value, data[password]: Required value]
[exit 1]
$ kubectl create secret generic ba --type=kubernetes.io/basic-auth --from-literal=username=x
secret/ba created
$ kubectl create secret generic ss --type=kubernetes.io/ssh-auth --from-literal=key=x
error: failed to create secret Secret "ss" is invalid: data[ssh-privatekey]: Required value
[exit 1]
$ kubectl create secret generic dc --type=kubernetes.io/dockerconfigjson --from-literal=.dockerconfigjson=nope
error: failed to create secret Secret "dc" is invalid: data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'o' in literal null (expecting 'u')
[exit 1]
$ kubectl create secret generic tl --type=kubernetes.io/tls --from-literal=tls.crt=nope
error: failed to create secret Secret "tl" is invalid: data[tls.key]: Required value
[exit 1]
$ kubectl create secret generic sa --type=kubernetes.io/service-account-token --from-literal=a=b
error: failed to create secret Secret "sa" is invalid: metadata.annotations[kubernetes.io/service-account.name]: Required value
[exit 1]
! kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Secret
> metadata: {name: bot-token, annotations: {kubernetes.io/service-account.name: default}}
> type: kubernetes.io/service-account-token
> EOF
! sleep 1
! kubectl describe secret bot-token | grep -vE '^(token|kubernetes.io/service-account.uid|  )' | sed 's/uid: .*/uid/'
! kubectl get secret bot-token --no-headers | awk '{print $2,$3}'
! kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Secret
> metadata: {name: orphan-token, annotations: {kubernetes.io/service-account.name: nobody}}
> type: kubernetes.io/service-account-token
> EOF
! sleep 2
! kubectl get secret orphan-token
$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Secret
> metadata: {name: mixed}
> data: {a: "not base64!"}
> EOF
Error from server (BadRequest): error when creating "STDIN": Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3
[exit 1]
$ kubectl create secret generic one --from-literal=a=b --from-literal=a=c
error: cannot add key a, another key by that name already exists
[exit 1]
$ kubectl create secret generic im --from-literal=a=b -o json | jq -c 'del(.metadata)'
{"kind":"Secret","apiVersion":"v1","data":{"a":"Yg=="},"type":"Opaque"}
$ kubectl patch secret im -p '{"immutable":true}'
secret/im patched
$ kubectl patch secret im -p '{"data":{"a":"Yg=="}}'
secret/im patched (no change)
$ kubectl patch secret im -p '{"stringData":{"b":"c"}}'
The Secret "im" is invalid: data: Forbidden: field is immutable when `immutable` is set
[exit 1]
! kubectl get secrets
$ kubectl get secrets --field-selector type=Opaque -o name
secret/e
secret/h-d5ctf29272
secret/im
! kubectl get secrets --field-selector type!=Opaque -o name
$ kubectl describe secret e im
Name:         e
Namespace:    t-secrets-b
Labels:       <none>
Annotations:  <none>

Type:  Opaque

Data
====
P:  3 bytes
U:  1 bytes


Name:         im
Namespace:    t-secrets-b
Labels:       <none>
Annotations:  <none>

Type:  Opaque

Data
====
a:  1 bytes
$ kubectl get secret e -o template='{{range $k,$v := .data}}{{$k}} {{$v | base64decode}}{{"\n"}}{{end}}'
P two
U 1
! kubectl create secret
$ kubectl create secret generic
error: exactly one NAME is required, got 0
See 'kubectl create secret generic -h' for help and examples
[exit 1]
! kubectl delete secrets --all --dry-run=client
! kubectl delete secrets --all
