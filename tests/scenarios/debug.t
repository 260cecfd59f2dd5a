# Ephemeral containers, copies of pods, and pods on nodes.
$ kubectl apply -f - <<E
> apiVersion: v1
> kind: Pod
> metadata: {name: web, labels: {app: web}, annotations: {note: kept}}
> spec:
>   containers:
>   - {name: app, image: "registry.k8s.io/pause:3.10", readinessProbe: {exec: {command: ["true"]}}}
>   - {name: nginx, image: "nginx:1.27"}
> E
pod/web created
$ kubectl wait --for=jsonpath='{.status.containerStatuses[1].state.running}' pod/web
pod/web condition met
# A container that prints something and ends.
$ kubectl debug web --image=busybox:1.36 -c see --attach -- sh -c 'sleep 2; hostname; wget -qO- localhost | grep title'
All commands and output from this session will be recorded in container logs, including credentials and sensitive information passed through the command prompt.
If you don't see a command prompt, try pressing enter.
web
<head><title>Welcome to nginx!</title></head>
$ kubectl get pod web -o json | jq -c '.spec.ephemeralContainers[0]'
{"command":["sh","-c","sleep 2; hostname; wget -qO- localhost | grep title"],"image":"busybox:1.36","imagePullPolicy":"IfNotPresent","name":"see","resources":{},"securityContext":{"capabilities":{"add":["SYS_PTRACE"]}},"terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}
$ sleep 1; kubectl get pod web -o json | jq -c '.status.ephemeralContainerStatuses[0] | [.name, .ready, .restartCount, .started, .state.terminated.exitCode, .state.terminated.reason, .image, has("imageID")]'
["see",false,0,null,0,"Completed","docker.io/library/busybox:1.36",true]
$ kubectl logs web -c see
web
<head><title>Welcome to nginx!</title></head>
$ kubectl get pod web -o jsonpath='{.metadata.generation} {.status.observedGeneration}{"\n"}'
2 2
$ kubectl events --for pod/web | grep -c 'Container started'
3
$ kubectl get events -o json | jq -r '.items[].involvedObject.fieldPath' | sort -u
null
spec.containers{app}
spec.containers{nginx}
spec.ephemeralContainers{see}
$ kubectl describe pod web | sed -n '/^Ephemeral/,/^Conditions/p' | grep -v ' ID:' | sed 's/\(Started:\|Finished:\).*/\1 .../'
Ephemeral Containers:
  see:
    Image:         busybox:1.36
    Port:          <none>
    Host Port:     <none>
    Command:
      sh
      -c
      sleep 2; hostname; wget -qO- localhost | grep title
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
      Started: ...
      Finished: ...
    Ready:          False
    Restart Count:  0
    Environment:    <none>
    Mounts:         <none>
Conditions:
# One that waits for input, with all that flags can say.
$ echo 'echo $X; exit 3' | kubectl debug web -q -i --image=nginxinc/nginx-unprivileged:1.27 --env=X=1 --target=app --profile=restricted -c in -- sh; echo $?
1
0
$ kubectl get pod web -o json | jq -c '.spec.ephemeralContainers[1] | [.targetContainerName, .securityContext, .env, .stdin]'
["app",{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,"seccompProfile":{"type":"RuntimeDefault"}},[{"name":"X","value":"1"}],true]
$ kubectl debug web --image=busybox:1.36 --target=nginx --profile=netadmin -- sleep 1000
Targeting container "nginx". If you don't see processes from this container it may be because the container runtime doesn't support this feature.
Defaulting debug container name to debugger-nx7xf.
$ kubectl exec web -c see -- true
error: unable to upgrade connection: container not found ("see")
[exit 1]
$ kubectl delete pod web --wait=false; kubectl wait --for=delete pod/web --timeout=60s
pod "web" deleted from t-debug namespace
pod/web condition met
# What cannot be done.
$ kubectl run plain --image=nginx:1.27 --labels=app=plain && kubectl wait --for=condition=Ready pod/plain
pod/plain created
pod/plain condition met
$ kubectl debug plain --image=busybox:1.36 -c plain
The Pod "plain" is invalid: spec.ephemeralContainers[0].name: Duplicate value: "plain"
[exit 1]
$ kubectl debug plain --image=busybox:1.36 -c a --target=b
Targeting container "b". If you don't see processes from this container it may be because the container runtime doesn't support this feature.
The Pod "plain" is invalid: spec.ephemeralContainers[0].targetContainerName: Not found: "b"
[exit 1]
$ kubectl debug plain --image=nope/busyboxx:typo -c bad -i --attach=false; sleep 4; kubectl get pod plain -o json | jq -c '.status.ephemeralContainerStatuses[0].state.waiting.reason, .status.phase'
"ImagePullBackOff"
"Running"
$ kubectl debug plain
error: you must specify --image when not using --copy-to.
[exit 1]
$ kubectl debug --image=busybox
error: NAME or filename is required for debug
[exit 1]
$ kubectl debug plain --image=busybox --profile=none
error: unknown profile: none
[exit 1]
$ kubectl debug plain --image=busybox -t
error: -i/--stdin is required for containers with -t/--tty=true
[exit 1]
$ kubectl debug plain --image=busybox --replace
error: --replace may only be used with --copy-to.
[exit 1]
$ kubectl debug plain --image='BAD^' 
error: invalid image name "BAD^": invalid reference format
[exit 1]
$ kubectl debug deploy/nope --image=busybox
Error from server (NotFound): deployments.apps "nope" not found
[exit 1]
$ kubectl debug plain --copy-to=x
error: you must specify --image, --set-image or command arguments.
[exit 1]
$ kubectl debug plain --copy-to=x --image=busybox --target=plain
error: --target is incompatible with --copy-to. Use --share-processes instead.
[exit 1]
$ kubectl debug -n kube-system kube-apiserver-control-plane --image=busybox:1.36 -c x
The Pod "kube-apiserver-control-plane" is invalid: []: Forbidden: static pods do not support ephemeral containers
[exit 1]
$ kubectl patch pod plain --subresource=ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"bad","image":"busybox"}]}}'
The Pod "plain" is invalid: spec.ephemeralContainers: Forbidden: existing ephemeral containers "bad" may not be changed
@@ -1,6 +1,6 @@
 {
  "Name": "bad",
- "Image": "nope/busyboxx:typo",
+ "Image": "busybox",
  "Command": null,
  "Args": null,
  "WorkingDir": "",

[exit 1]
$ kubectl create service clusterip svc --tcp=80 && kubectl debug service/svc --image=busybox
service/svc created
error: "v1, Kind=Service" not supported by debug
[exit 1]
# Copies.
$ kubectl debug plain --copy-to=copy --image=busybox:1.36 -c shell --keep-labels -- sleep 1000
$ kubectl get pod copy -o json | jq -c '[.metadata.labels, .metadata.annotations, .spec.shareProcessNamespace, (.spec.containers[] | [.name, .image, .command, .securityContext])]'
[{"app":"plain"},null,true,["plain","nginx:1.27",null,null],["shell","busybox:1.36",["sleep","1000"],{"capabilities":{"add":["SYS_PTRACE"]}}]]
$ kubectl debug plain --copy-to=other --set-image='*=nginx:1.28' --same-node --replace
$ kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image
NAME    IMAGES
copy    nginx:1.27,busybox:1.36
other   nginx:1.28
$ kubectl debug copy --copy-to=third --container=shell --share-processes=false -- sleep 5
$ kubectl get pod third -o json | jq -c '[.spec.shareProcessNamespace, .spec.containers[1].command, .spec.containers[1].image]'
[false,["sleep","5"],"busybox:1.36"]
$ printf 'securityContext: {runAsUser: 0}\nenv: [{name: A, value: b}]\n' > $TMP/custom.yaml
$ kubectl debug copy --custom=$TMP/custom.yaml --image=busybox:1.36 -c own -- sleep 1000 && kubectl get pod copy -o json | jq -c '.spec.ephemeralContainers[0] | [.securityContext, .env]'
[{"capabilities":{"add":["SYS_PTRACE"]},"runAsUser":0},[{"name":"A","value":"b"}]]
# On a node.
$ kubectl debug node/worker-1 -q --image=busybox:1.36 --attach -- sh -c 'sleep 2; hostname; ls -d /host; echo x > /host/file'
worker-1
/host
$ kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o json | jq -c '.items[].spec | [.nodeName, .hostNetwork, .hostPID, .hostIPC, .restartPolicy, .volumes[0], .containers[0].volumeMounts[0], .tolerations[0]]'
["worker-1",true,true,true,"Never",{"hostPath":{"path":"/","type":""},"name":"host-root"},{"mountPath":"/host","name":"host-root"},{"operator":"Exists"}]
$ kubectl debug node/worker-1 --profile=legacy --image=busybox:1.36
--profile=legacy is deprecated and planned to be removed in v1.39. It is recommended to specify other profile, for example "--profile=general".
Creating debugging pod node-debugger-worker-1-2rkmn with container debugger on node worker-1.
