# What must not run as root is not made of an image that runs as root.
$ kubectl run web --image=nginx:1.27 --overrides='{"spec": {"securityContext": {"runAsNonRoot": true}}}'
pod/web created
@advance 8s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
0/1 CreateContainerConfigError 0
$ kubectl get pod web -o jsonpath='{.status.containerStatuses[0].state.waiting.message}{"\n"}' | sed 's/([0-9a-f-]*)/(UID)/'
container has runAsNonRoot and image will run as root (pod: "web_t-run-as-non-root(UID)", container: web)
$ kubectl get events --field-selector involvedObject.name=web,reason=Failed -o jsonpath='{.items[0].message}{"\n"}' | sed 's/([0-9a-f-]*)/(UID)/'
Error: container has runAsNonRoot and image will run as root (pod: "web_t-run-as-non-root(UID)", container: web)
$ kubectl set image pod/web web=nginxinc/nginx-unprivileged:1.27
pod/web image updated
@advance 20s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl run named --image=memcached:1.6 --overrides='{"spec": {"securityContext": {"runAsNonRoot": true}}}'
pod/named created
$ kubectl run zero --image=nginxinc/nginx-unprivileged:1.27 --overrides='{"spec": {"securityContext": {"runAsNonRoot": true, "runAsUser": 0}}}'
pod/zero created
$ kubectl run number --image=nginx:1.27 --overrides='{"spec": {"securityContext": {"runAsNonRoot": true, "runAsUser": 101}}}'
pod/number created
@advance 10s
$ kubectl get pods --no-headers | awk '{print $1, $2, $3}'
named 0/1 CreateContainerConfigError
number 1/1 Running
web 1/1 Running
zero 0/1 CreateContainerConfigError
$ kubectl get pods named zero -o jsonpath='{range .items[*]}{.status.containerStatuses[0].state.waiting.message}{"\n"}{end}' | sed 's/ (pod.*//'
container has runAsNonRoot and image has non-numeric user (memcache), cannot verify user is non-root
container's runAsUser breaks non-root policy
# Secrets for images that are missing are told of; the registry of the sandbox gives its images to everybody.
$ kubectl run pulls --image=nginx:1.27 --overrides='{"spec": {"imagePullSecrets": [{"name": "a"}, {"name": "b"}]}}'
pod/pulls created
@advance 8s
$ kubectl get pod pulls --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
$ kubectl get events --field-selector involvedObject.name=pulls,reason=FailedToRetrieveImagePullSecret -o jsonpath='{.items[*].type} {.items[*].message}{"\n"}'
Warning Unable to retrieve some image pull secrets (a, b); attempting to pull the image may not succeed.
