package kube

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// established waits until every CRD of the stage is: before that the API server
// serves nothing of what it defines.
func (j *applying) established(ctx context.Context, stage []*unstructured.Unstructured) error {
	for _, o := range stage {
		if !isCRD(o.GroupVersionKind().GroupKind()) {
			continue
		}
		last := "it is not there"
		list := new(unstructured.UnstructuredList)
		list.SetGroupVersionKind(schema.GroupVersionKind{Group: crdGroup, Version: "v1", Kind: "CustomResourceDefinitionList"})
		err := j.Await(ctx, list, func() (bool, error) {
			if len(list.Items) == 0 {
				return false, nil
			}
			established, why := conditionOf(list.Items[0].Object, "Established")
			accepted, names := conditionOf(list.Items[0].Object, "NamesAccepted")
			if last = why; accepted == "False" {
				last = names
			}
			return established == "True", nil
		}, client.MatchingFields{"metadata.name": o.GetName()})
		if err != nil {
			return fmt.Errorf("the CustomResourceDefinition %s is not established (%s): %w", o.GetName(), last, err)
		}
	}
	return nil
}

// conditionOf is a condition's status, and what it says for people.
func conditionOf(object map[string]any, name string) (status, text string) {
	all, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	for _, c := range all {
		fields, _ := c.(map[string]any)
		if fields["type"] != name {
			continue
		}
		status, _ = fields["status"].(string)
		text = name + " is " + status
		for _, key := range []string{"reason", "message"} {
			if s, _ := fields[key].(string); s != "" {
				text += ": " + s
			}
		}
		return status, text
	}
	return "", "there is no condition " + name
}
