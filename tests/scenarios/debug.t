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
$ kubectl wait --for=jsonpath='{.status.containerStatuses[1].state.running}' pod/web
# A container that prints something and ends.
$ kubectl debug web --image=busybox:1.36 -c see --attach -- sh -c 'hostname; wget -qO- localhost | grep title'
$ kubectl get pod web -o json | jq -c '.spec.ephemeralContainers[0]'
$ sleep 1; kubectl get pod web -o json | jq -c '.status.ephemeralContainerStatuses[0] | [.name, .ready, .restartCount, .started, .state.terminated.exitCode, .state.terminated.reason, .image, has("imageID")]'
$ kubectl logs web -c see
$ kubectl get pod web -o jsonpath='{.metadata.generation} {.status.observedGeneration}{"\n"}'
$ kubectl events --for pod/web | grep -c 'Container started'
$ kubectl get events -o json | jq -r '.items[].involvedObject.fieldPath' | sort -u
$ kubectl describe pod web | sed -n '/^Ephemeral/,/^Conditions/p' | grep -v ' ID:' | sed 's/\(Started:\|Finished:\).*/\1 .../'
# One that waits for input, with all that flags can say.
$ echo 'echo $X; exit 3' | kubectl debug web -q -i --image=busybox:1.36 --env=X=1 --target=app --profile=restricted -c in; echo $?
$ kubectl get pod web -o json | jq -c '.spec.ephemeralContainers[1] | [.targetContainerName, .securityContext, .env, .stdin]'
$ kubectl debug web --image=busybox:1.36 --target=nginx --profile=netadmin -- sleep 1000
$ kubectl exec web -c see -- true
$ kubectl delete pod web --wait=false; kubectl wait --for=delete pod/web --timeout=60s
# What cannot be done.
$ kubectl run plain --image=nginx:1.27 --labels=app=plain && kubectl wait --for=condition=Ready pod/plain
$ kubectl debug plain --image=busybox:1.36 -c plain
$ kubectl debug plain --image=busybox:1.36 -c a --target=b
$ kubectl debug plain --image=nope/busyboxx:typo -c bad -i --attach=false; sleep 4; kubectl get pod plain -o json | jq -c '.status.ephemeralContainerStatuses[0].state.waiting.reason, .status.phase'
$ kubectl debug plain
$ kubectl debug --image=busybox
$ kubectl debug plain --image=busybox --profile=none
$ kubectl debug plain --image=busybox -t
$ kubectl debug plain --image=busybox --replace
$ kubectl debug plain --image='BAD^' 
$ kubectl debug deploy/nope --image=busybox
$ kubectl debug plain --copy-to=x
$ kubectl debug plain --copy-to=x --image=busybox --target=plain
$ kubectl debug -n kube-system kube-apiserver-control-plane --image=busybox:1.36 -c x
$ kubectl patch pod plain --subresource=ephemeralcontainers -p '{"spec":{"ephemeralContainers":[{"name":"bad","image":"busybox"}]}}'
$ kubectl create service clusterip svc --tcp=80 && kubectl debug service/svc --image=busybox
# Copies.
$ kubectl debug plain --copy-to=copy --image=busybox:1.36 -c shell --keep-labels -- sleep 1000
$ kubectl get pod copy -o json | jq -c '[.metadata.labels, .metadata.annotations, .spec.shareProcessNamespace, (.spec.containers[] | [.name, .image, .command, .securityContext])]'
$ kubectl debug plain --copy-to=other --set-image='*=nginx:1.28' --same-node --replace
$ kubectl get pods -o custom-columns=NAME:.metadata.name,IMAGES:.spec.containers[*].image
$ kubectl debug copy --copy-to=third --container=shell --share-processes=false -- sleep 5
$ kubectl get pod third -o json | jq -c '[.spec.shareProcessNamespace, .spec.containers[1].command, .spec.containers[1].image]'
$ printf 'securityContext: {runAsUser: 0}\nenv: [{name: A, value: b}]\n' > $TMP/custom.yaml
$ kubectl debug copy --custom=$TMP/custom.yaml --image=busybox:1.36 -c own -- sleep 1000 && kubectl get pod copy -o json | jq -c '.spec.ephemeralContainers[0] | [.securityContext, .env]'
# On a node.
$ kubectl debug node/worker-1 -q --image=busybox:1.36 --attach -- sh -c 'hostname; ls -d /host'
$ kubectl get pods -l app.kubernetes.io/managed-by=kubectl-debug -o json | jq -c '.items[].spec | [.nodeName, .hostNetwork, .hostPID, .hostIPC, .restartPolicy, .volumes[0], .containers[0].volumeMounts[0], .tolerations[0]]'
$ kubectl debug node/worker-1 --profile=legacy --image=busybox:1.36
