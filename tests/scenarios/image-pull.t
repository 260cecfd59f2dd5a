# An image that does not exist: the failure is shown, then the back-off, which doubles.
$ kubectl run web --image=nginx:1.161
pod/web created
@advance 4s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
0/1 ImagePullBackOff 0
$ kubectl get pod web -o jsonpath='{.status.phase} {.status.containerStatuses[0].state.waiting.message}{"\n"}'
Pending Back-off pulling image "nginx:1.161": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found
@advance 2s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
0/1 ImagePullBackOff 0
$ kubectl get events --field-selector involvedObject.name=web -o custom-columns=TYPE:.type,REASON:.reason,MESSAGE:.message --no-headers | sort
Normal    BackOff     Back-off pulling image "nginx:1.161"
Normal    Pulling     Pulling image "nginx:1.161"
Normal    Scheduled   Successfully assigned t-image-pull/web to worker-1
Warning   Failed      Error: ErrImagePull
Warning   Failed      Error: ImagePullBackOff
Warning   Failed      Failed to pull image "nginx:1.161": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found
@advance 40s
$ kubectl get events --field-selector involvedObject.name=web,reason=Pulling -o jsonpath='{.items[*].count}{"\n"}'
3
@advance 3m
$ kubectl get events --field-selector involvedObject.name=web,reason=Pulling -o jsonpath='{.items[*].count}{"\n"}'
5
$ kubectl logs web
error: container "web" in pod "web" is waiting to start: trying and failing to pull image
[exit 1]
# A good image heals it as soon as it is asked for.
$ kubectl set image pod/web web=nginx:1.27
pod/web image updated
@advance 8s
$ kubectl get pod web --no-headers | awk '{print $2, $3, $4}'
1/1 Running 0
# What cannot be a name is not even tried.
$ kubectl run bad --image=Not/An/Image
error: Invalid image name "Not/An/Image": invalid reference format
[exit 1]
$ kubectl run never --image=nginx:1.25 --image-pull-policy=Never
pod/never created
@advance 3s
$ kubectl get pod never --no-headers | awk '{print $2, $3, $4}'
0/1 ErrImageNeverPull 0
