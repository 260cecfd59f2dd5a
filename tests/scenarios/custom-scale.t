# An autoscaler finds a target of a kind that the cluster was taught.
$ kubectl apply -f - <<'X'
> apiVersion: apiextensions.k8s.io/v1
> kind: CustomResourceDefinition
> metadata: {name: fleets.sea.test}
> spec:
>   group: sea.test
>   scope: Namespaced
>   names: {plural: fleets, singular: fleet, kind: Fleet}
>   versions:
>   - name: v1
>     served: true
>     storage: true
>     subresources: {status: {}, scale: {specReplicasPath: .spec.boats, statusReplicasPath: .status.boats, labelSelectorPath: .status.selector}}
>     schema:
>       openAPIV3Schema:
>         type: object
>         properties:
>           spec: {type: object, properties: {boats: {type: integer}}}
>           status: {type: object, properties: {boats: {type: integer}, selector: {type: string}}}
> X
customresourcedefinition.apiextensions.k8s.io/fleets.sea.test created
! kubectl wait --for=condition=Established crd/fleets.sea.test --timeout=10s
$ kubectl apply -f - <<'X'
> apiVersion: sea.test/v1
> kind: Fleet
> metadata: {name: north}
> spec: {boats: 1}
> ---
> apiVersion: autoscaling/v2
> kind: HorizontalPodAutoscaler
> metadata: {name: north}
> spec:
>   scaleTargetRef: {apiVersion: sea.test/v1, kind: Fleet, name: north}
>   minReplicas: 3
>   maxReplicas: 5
>   metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
> X
fleet.sea.test/north created
horizontalpodautoscaler.autoscaling/north created
@advance 20s
$ kubectl get hpa north -o jsonpath='{range .status.conditions[?(@.type=="AbleToScale")]}{.status} {.reason}{"\n"}{end}'
True SucceededRescale
$ kubectl get fleet north -o jsonpath='{.spec.boats}{"\n"}'
3
! kubectl delete crd fleets.sea.test
