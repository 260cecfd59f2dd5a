$ kubectl run a --image=nginx:1.27 --env=X=1 --env='Y=a b' --port=80 --labels='app=a' --annotations=n=m --command -- sleep 5
pod/a created
$ kubectl get pod a -o jsonpath='{.spec.containers[0]}{"\n"}' | sed 's/kube-api-access-[a-z0-9]*/kube-api-access-X/'
{"command":["sleep","5"],"env":[{"name":"X","value":"1"},{"name":"Y","value":"a b"}],"image":"nginx:1.27","imagePullPolicy":"IfNotPresent","name":"a","ports":[{"containerPort":80,"protocol":"TCP"}],"resources":{},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File","volumeMounts":[{"mountPath":"/var/run/secrets/kubernetes.io/serviceaccount","name":"kube-api-access-X","readOnly":true}]}
$ kubectl get pod a -o jsonpath='{.metadata.labels} {.metadata.annotations}{"\n"}'
{"app":"a","topology.kubernetes.io/zone":"zone-3"} {"n":"m"}
$ kubectl run b --image=nginx:1.27 -- arg1 arg2
pod/b created
$ kubectl get pod b -o jsonpath='{.spec.containers[0].args}{"\n"}'
["arg1","arg2"]
$ kubectl run c --image=nginx:1.27 --port=80 --expose
service/c created
pod/c created
$ kubectl get svc c -o jsonpath='{.spec.selector} {.spec.ports}{"\n"}'
{"run":"c"} [{"port":80,"protocol":"TCP","targetPort":80}]
$ kubectl run c2 --image=nginx:1.27 --expose
error: --port must be set when exposing a service
See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run d --image=nginx:1.27 --port=0
The Pod "d" is invalid: spec.containers[0].ports[0].containerPort: Required value
[exit 1]
$ kubectl run d --image=nginx:1.27 --port=99999
The Pod "d" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 99999: must be between 1 and 65535, inclusive
[exit 1]
$ kubectl run d --image=nginx:1.27 --env=bad
error: invalid env: bad
[exit 1]
$ kubectl run d --image=nginx:1.27 --env=1=2
error: invalid env: 1=2
[exit 1]
$ kubectl run d --image=nginx:1.27 --labels=a
error: unexpected label spec: a
[exit 1]
$ kubectl run d --image=nginx:1.27 --labels='a=b c'
The Pod "d" is invalid: metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')
[exit 1]
$ kubectl run d --image=nginx:1.27 --overrides='{bad'
error: Invalid JSON Patch
[exit 1]
$ kubectl run d --image=nginx:1.27 --overrides='{"spec":{"hostname":"h"}}' --dry-run=client -o jsonpath='{.spec.hostname}{"\n"}'
h
$ kubectl run d --image=nginx:1.27 --override-type=json --overrides='[{"op":"add","path":"/metadata/labels/z","value":"1"}]' --dry-run=client -o jsonpath='{.metadata.labels}{"\n"}'
{"run":"d","z":"1"}
$ kubectl run d --image=nginx:1.27 --override-type=strategic --overrides='{"spec":{"containers":[{"name":"d","tty":true}]}}' --dry-run=client -o jsonpath='{.spec.containers[0]}{"\n"}'
{"image":"nginx:1.27","name":"d","resources":{},"tty":true}
$ kubectl run d --image=nginx:1.27 --override-type=none --overrides='{}' --dry-run=client
error: invalid override type: none
[exit 1]
$ kubectl run d --image=nginx:1.27 --rm
error: --rm should only be used for attached containers
See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run d --image=nginx:1.27 --restart=Never --dry-run=client -o json | jq -c .spec
{"containers":[{"name":"d","image":"nginx:1.27","resources":{}}],"restartPolicy":"Never","dnsPolicy":"ClusterFirst"}
$ kubectl run d --image=nginx:1.27 --image-pull-policy=Never --dry-run=client -o yaml
apiVersion: v1
kind: Pod
metadata:
  labels:
    run: d
  name: d
spec:
  containers:
  - image: nginx:1.27
    imagePullPolicy: Never
    name: d
    resources: {}
  dnsPolicy: ClusterFirst
  restartPolicy: Always
status: {}
$ kubectl run d --image=nginx:1.27 --image-pull-policy=Often
error: invalid image pull policy: Often
See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run d --image=nginx:1.27 --privileged --dry-run=client -o jsonpath='{.spec.containers[0].securityContext}{"\n"}'
{"privileged":true}
$ kubectl run d --image=nginx:1.27 --stdin --tty --dry-run=client -o jsonpath='{.spec.containers[0].stdin} {.spec.containers[0].tty} {.spec.containers[0].stdinOnce}{"\n"}'
error: --dry-run=[server|client] can't be used with attached containers options (--attach, --stdin, or --tty)
See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run d --image=
error: --image is required
[exit 1]
$ kubectl run --image=nginx
error: NAME is required for run
See 'kubectl run -h' for help and examples
[exit 1]
$ kubectl run d e --image=nginx:1.27 --dry-run=client -o jsonpath='{.spec.containers[0].args}{"\n"}'
["e"]
$ kubectl run -x --image=nginx
error: unknown shorthand flag: 'x' in -x
See 'kubectl run --help' for usage.
[exit 1]
$ kubectl run $(printf 'x%.0s' $(seq 70)) --image=nginx -o name
The Pod "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" is invalid: 
* metadata.labels: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 63 bytes
* spec.containers[0].name: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 63 characters
[exit 1]
$ kubectl run d --image=nginx --generator=x
error: unknown flag: --generator
See 'kubectl run --help' for usage.
[exit 1]
$ kubectl run d --image=nginx --replicas=2
error: unknown flag: --replicas
See 'kubectl run --help' for usage.
[exit 1]
$ kubectl run d --image=nginx --dry-run=server -o yaml | grep -vE 'uid|Time|resourceVersion|kube-api-access'
apiVersion: v1
kind: Pod
metadata:
  generation: 1
  labels:
    run: d
  name: d
  namespace: t-pods-run-b
spec:
  containers:
  - image: nginx
    imagePullPolicy: Always
    name: d
    resources: {}
    terminationMessagePath: /dev/termination-log
    terminationMessagePolicy: File
    volumeMounts:
    - mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
  dnsPolicy: ClusterFirst
  enableServiceLinks: true
  preemptionPolicy: PreemptLowerPriority
  priority: 0
  restartPolicy: Always
  schedulerName: default-scheduler
  securityContext: {}
  serviceAccount: default
  serviceAccountName: default
  terminationGracePeriodSeconds: 30
  tolerations:
  - effect: NoExecute
    key: node.kubernetes.io/not-ready
    operator: Exists
    tolerationSeconds: 300
  - effect: NoExecute
    key: node.kubernetes.io/unreachable
    operator: Exists
    tolerationSeconds: 300
  volumes:
    projected:
      defaultMode: 420
      sources:
      - serviceAccountToken:
          expirationSeconds: 3607
          path: token
      - configMap:
          items:
          - key: ca.crt
            path: ca.crt
          name: kube-root-ca.crt
      - downwardAPI:
          items:
          - fieldRef:
              apiVersion: v1
              fieldPath: metadata.namespace
            path: namespace
status:
  phase: Pending
  qosClass: BestEffort
$ kubectl run d --image=nginx --save-config --dry-run=client -o jsonpath='{.metadata.annotations}{"\n"}'

$ kubectl run d --image=nginx --field-manager=me --show-managed-fields -o yaml | grep -A2 manager
    manager: me
    operation: Update
    time: "2026-11-30T16:09:14Z"
! kubectl get pods
$ kubectl delete pod a b --wait=false
pod "a" deleted from t-pods-run-b namespace
pod "b" deleted from t-pods-run-b namespace
$ kubectl delete pod c --force
Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
pod "c" force deleted from t-pods-run-b namespace
$ kubectl delete pod d --grace-period=0
pod "d" deleted from t-pods-run-b namespace
$ kubectl delete pod d --grace-period=1
Error from server (NotFound): pods "d" not found
[exit 1]
$ kubectl delete pod d --grace-period=-5
Error from server (NotFound): pods "d" not found
[exit 1]
$ kubectl delete pods --all --timeout=60s | wc -l
1
