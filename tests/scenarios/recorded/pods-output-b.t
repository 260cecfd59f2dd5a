$ kubectl apply -f - <<'EOF'
> apiVersion: v1
> kind: Pod
> metadata: {name: big, labels: {app: big, t: "1"}, annotations: {long: "a b c", multi: "l1\nl2"}}
> spec:
>   nodeName: node-1
>   hostNetwork: true
>   hostname: hh
>   subdomain: ss
>   dnsPolicy: None
>   dnsConfig: {nameservers: [1.1.1.1], searches: [a.test], options: [{name: ndots, value: "2"}]}
>   hostAliases: [{ip: 1.2.3.4, hostnames: [h1]}]
>   securityContext: {runAsUser: 1000, fsGroup: 2000, seccompProfile: {type: RuntimeDefault}, sysctls: [{name: kernel.shm_rmid_forced, value: "1"}]}
>   serviceAccountName: default
>   automountServiceAccountToken: false
>   imagePullSecrets: [{name: reg}]
>   terminationGracePeriodSeconds: 0
>   readinessGates: [{conditionType: a.test/ok}]
>   topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {a: b}}}]
>   tolerations: [{key: k, value: v, effect: NoExecute, tolerationSeconds: 60}, {operator: Exists, key: z}]
>   nodeSelector: {b: c, a: b}
>   initContainers: [{name: first, image: "busybox:1.36", command: [sh, -c], args: ["echo a\necho b"]}]
>   containers:
>   - name: main
>     image: nginx@sha256:0123456789012345678901234567890123456789012345678901234567890123
>     command: [/bin/x, "--flag=a b"]
>     args: ["1", ""]
>     ports: [{containerPort: 8080, name: web}, {containerPort: 53, protocol: UDP}]
>     livenessProbe: {httpGet: {path: /live, port: web, scheme: HTTPS, host: h.test}, timeoutSeconds: 5, failureThreshold: 2}
>     readinessProbe: {exec: {command: [cat, /ready]}, periodSeconds: 3, successThreshold: 2}
>     startupProbe: {grpc: {port: 9000, service: s}}
>     lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
>     resources: {requests: {cpu: 100m, memory: 1Gi, example.com/x: "1"}, limits: {cpu: "1", memory: 1Gi, example.com/x: "1"}}
>     securityContext: {privileged: false, capabilities: {add: [NET_ADMIN], drop: [ALL]}, readOnlyRootFilesystem: true}
>     env: [{name: N, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
>     workingDir: /w
> EOF
Error from server (BadRequest): error when creating "STDIN": Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.name of type string
[exit 1]
! sleep 3
$ kubectl get pod big
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o wide
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl describe pod big
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o yaml | grep -vE 'fakeRuntime|last-applied|^ *{"api'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o json | jq -S '.status | del(.containerStatuses[0].containerID,.initContainerStatuses[0].containerID)'
Error from server (NotFound): pods "big" not found
$ kubectl get pod big -o jsonpath='{.status.conditions[*].type}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl patch pod big --subresource=status -p '{"status":{"conditions":[{"type":"a.test/ok","status":"True"}]}}'
Error from server (NotFound): pods "big" not found
[exit 1]
! sleep 2
$ kubectl get pod big -o wide --no-headers | awk '{print $NF}'
Error from server (NotFound): pods "big" not found
$ kubectl wait --for=condition=a.test/ok pod/big --timeout=5s
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.metadata.annotations.multi}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.tolerations[?(@.key=="k")].value} {.spec.tolerations[-1].effect} {.spec.tolerations[0:2].key}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{..name}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.containers[0]["name","image"]}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.containers[5].name}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.containers[?(@.ports[0].containerPort>80)].name}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath="{.metadata.labels['t']}{'\t'}{.metadata.labels.app}{'\n'}"
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.hostNetwork}{.spec.nope}{.status.startTime}{"\n"}' | cut -c1-4
Error from server (NotFound): pods "big" not found
$ kubectl get pod big -o=jsonpath='{@.kind}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{.spec.terminationGracePeriodSeconds == 0}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath='{range .spec.containers[*].ports[*]}{.containerPort}/{.protocol},{end}{"\n"}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o jsonpath-as-json='{.metadata.labels}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template='{{if .spec.hostNetwork}}host{{else}}pod{{end}} {{printf "%s-%v" .metadata.name (index .spec.containers 0).name}} {{index .metadata.labels "app"}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template='{{range $i, $c := .spec.tolerations}}{{$i}}:{{$c.key}} {{end}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template='{{.spec.nope}} {{exists . "spec" "hostname"}} {{.metadata.labels}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template='{{nope .}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template='{{eq .metadata.name "big"}} {{and true .spec.hostname}} {{not false}} {{html "<a>"}} {{len .metadata.labels}} {{slice .metadata.name 0 1}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o custom-columns='N:.metadata.name,C:.spec.containers[*].ports[*].containerPort,L:.metadata.labels,T:.spec.tolerations[?(@.key=="z")].operator,B:.spec.hostNetwork'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o custom-columns=N:metadata.name,I:{.spec.containers[0].image}
Error from server (NotFound): pods "big" not found
[exit 1]
$ printf 'NAME    PHASE\nmetadata.name  status.phase\n' > $TMP/cc; kubectl get pod big -o custom-columns-file=$TMP/cc
Error from server (NotFound): pods "big" not found
[exit 1]
$ printf '{{.metadata.name}}\n' > $TMP/gt; kubectl get pod big -o go-template-file=$TMP/gt
Error from server (NotFound): pods "big" not found
[exit 1]
$ printf '{.metadata.name}{"\\n"}' > $TMP/jp; kubectl get pod big -o jsonpath-file=$TMP/jp
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o go-template --template='{{.kind}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big --template='{{.kind}}{{"\n"}}'
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o kyaml | head -12
Error from server (NotFound): pods "big" not found
$ kubectl get pod big -o name --show-labels
error: --show-labels option cannot be used with name printer
[exit 1]
$ kubectl get pod big --show-kind
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big --show-kind --no-headers | awk '{print $1}'
Error from server (NotFound): pods "big" not found
$ kubectl get pod big -L app,t,none
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o wide -L app --show-labels --no-headers | awk '{print $NF}'
Error from server (NotFound): pods "big" not found
$ kubectl get pod big --output-watch-events
error: --output-watch-events option can only be used with --watch or --watch-only
[exit 1]
$ kubectl get pod big --server-print=false
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big --subresource=status -o name
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big --subresource=scale
Error from server (NotFound): the server could not find the requested resource
[exit 1]
$ kubectl get pods,cm
NAME                         DATA   AGE
configmap/kube-root-ca.crt   1      22s
$ kubectl get po/big cm/kube-root-ca.crt
NAME               DATA   AGE
kube-root-ca.crt   1      22s
Error from server (NotFound): pods "big" not found
[exit 1]
$ kubectl get pod big -o json -o yaml | head -1
Error from server (NotFound): pods "big" not found
$ kubectl get pod big --no-headers=false | head -1
Error from server (NotFound): pods "big" not found
$ kubectl get pod big --ignore-not-found -o name
$ kubectl get pod,deploy big
Error from server (NotFound): pods "big" not found
Error from server (NotFound): deployments.apps "big" not found
[exit 1]
$ kubectl get pods --sort-by=.metadata.creationTimestamp
No resources found in t-pods-output-b namespace.
