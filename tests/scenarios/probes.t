# Readiness: the pod runs, but is not ready until the probe holds; a service follows.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: slow, labels: {app: slow}}
> spec:
>   containers:
>   - name: c
>     image: busybox:1.36
>     command: [sh, -c, "sleep 8; touch /tmp/ready; sleep 20; rm /tmp/ready; sleep 3600"]
>     readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 2, failureThreshold: 2}
> ---
> apiVersion: v1
> kind: Service
> metadata: {name: slow}
> spec: {selector: {app: slow}, ports: [{port: 80}]}
> EOF
pod/slow created
service/slow created
@advance 6s
$ kubectl get pod slow --no-headers | awk '{print $2, $3, $4}'
0/1 Running 0
$ kubectl get endpointslices -l kubernetes.io/service-name=slow -o jsonpath='{.items[0].endpoints[*].conditions.ready}{"\n"}'
false
$ kubectl get events --field-selector involvedObject.name=slow,reason=Unhealthy -o jsonpath='{.items[0].type}: {.items[0].message}{"\n"}'
Warning: Readiness probe failed: cat: can't open '/tmp/ready': No such file or directory

@advance 8s
$ kubectl get pod slow --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl get endpointslices -l kubernetes.io/service-name=slow -o jsonpath='{.items[0].endpoints[*].conditions.ready}{"\n"}'
true
@advance 25s
$ kubectl get pod slow --no-headers | awk '{print $2, $3, $4}'
0/1 Running 0
$ kubectl get pod slow -o jsonpath='{range .status.conditions[*]}{.type}={.status} {.reason}{"\n"}{end}'
PodReadyToStartContainers=True 
Initialized=True 
Ready=False ContainersNotReady
ContainersReady=False ContainersNotReady
PodScheduled=True 
# Liveness: three failures in a row and the container is started again.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: live}
> spec:
>   terminationGracePeriodSeconds: 1
>   containers:
>   - name: c
>     image: busybox:1.36
>     command: [sh, -c, "touch /tmp/healthy; sleep 10; rm -f /tmp/healthy; sleep 600"]
>     livenessProbe: {exec: {command: [cat, /tmp/healthy]}, initialDelaySeconds: 5, periodSeconds: 5}
> EOF
pod/live created
@advance 10s
$ kubectl get pod live --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
@advance 24s
$ kubectl get pod live --no-headers | awk '{print $2, $3, $4}'
1/1 Running 1
$ kubectl get pod live -o jsonpath='{.status.containerStatuses[0].lastState.terminated.exitCode} {.status.containerStatuses[0].lastState.terminated.reason}{"\n"}'
137 Error
$ kubectl get events --field-selector involvedObject.name=live -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | grep -E 'Unhealthy|Killing' | sort -u
Normal    Killing     Container c failed liveness probe, will be restarted
Warning   Unhealthy   Liveness probe failed: cat: can't open '/tmp/healthy': No such file or directory
# Startup: the others wait for it.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: start}
> spec:
>   containers:
>   - name: c
>     image: busybox:1.36
>     command: [sh, -c, "sleep 12; touch /tmp/started; sleep 3600"]
>     startupProbe: {exec: {command: [cat, /tmp/started]}, periodSeconds: 2, failureThreshold: 10}
>     livenessProbe: {exec: {command: [cat, /tmp/started]}, periodSeconds: 1, failureThreshold: 1}
> EOF
pod/start created
@advance 8s
$ kubectl get pod start -o jsonpath='{.status.containerStatuses[0].started} {.status.containerStatuses[0].ready} {.status.containerStatuses[0].restartCount}{"\n"}'
false false 0
@advance 10s
$ kubectl get pod start -o jsonpath='{.status.containerStatuses[0].started} {.status.containerStatuses[0].ready} {.status.containerStatuses[0].restartCount}{"\n"}'
true true 0
# A web server that answers with an error, and a port where nobody listens.
$ kubectl apply -f - <<EOF
> apiVersion: v1
> kind: Pod
> metadata: {name: http}
> spec:
>   containers:
>   - name: missing
>     image: nginx:1.27
>     readinessProbe: {httpGet: {path: /nothing, port: 80}, periodSeconds: 2}
>   - name: closed
>     image: redis:7
>     readinessProbe: {tcpSocket: {port: 81}, periodSeconds: 2}
> EOF
pod/http created
@advance 10s
$ kubectl get pod http --no-headers | awk '{print $2, $3, $4}'
0/2 Running 0
$ kubectl get events --field-selector involvedObject.name=http,reason=Unhealthy -o custom-columns=MESSAGE:.message --no-headers | sed 's/10\.[0-9.]*/IP/' | sort -u
Readiness probe failed: HTTP probe failed with statuscode: 404
Readiness probe failed: dial tcp IP:81: connect: connection refused
