package canary

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// configMap keeps a mark a key in a ConfigMap of the canary's own.
type configMap struct {
	*cluster
	namespace, name string
}

// ownLabel marks a ConfigMap that drplan made: it goes with its last mark.
const ownLabel = "drplan.dev/canary"

// key is one that a ConfigMap can have, which knows no brackets.
func key(m mark) string {
	return strings.ReplaceAll(url.QueryEscape(m.Run)+"."+url.QueryEscape(m.Step), "%", "_")
}

func (c *configMap) object() *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: c.namespace, Name: c.name, Labels: map[string]string{ownLabel: "true"}}}
}

func (c *configMap) put(ctx context.Context, m mark) error {
	value, err := json.Marshal(m)
	if err != nil {
		return err
	}
	made := c.object()
	made.Data = map[string]string{key(m): string(value)}
	return c.changing(ctx, c.namespace, func() error {
		err := c.patch(ctx, map[string]any{key(m): string(value)})
		if apierrors.IsNotFound(err) {
			err = c.Create(ctx, made.DeepCopy())
		}
		if apierrors.IsAlreadyExists(err) { // another step's, a moment ago
			err = c.patch(ctx, map[string]any{key(m): string(value)})
		}
		return err
	})
}

func (c *configMap) patch(ctx context.Context, data map[string]any) error {
	body, err := json.Marshal(map[string]any{"data": data})
	if err != nil {
		return err
	}
	return c.Patch(ctx, c.object(), client.RawPatch(types.MergePatchType, body))
}

// list has no marks where the ConfigMap is not there: that was said by a server
// that has read its data.
func (c *configMap) list(ctx context.Context) ([]mark, error) {
	found := c.object()
	err := c.ask(ctx, func() error { return c.Get(ctx, client.ObjectKeyFromObject(found), found) })
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the canary: %w", err)
	}
	var marks []mark
	for name, value := range found.Data {
		var m mark
		if err := json.Unmarshal([]byte(value), &m); err != nil {
			return nil, fmt.Errorf("the key %s is no canary of drplan's: choose another ConfigMap: %w", name, err)
		}
		marks = append(marks, m)
	}
	return marks, nil
}

func (c *configMap) remove(ctx context.Context, marks []mark) error {
	if len(marks) == 0 {
		return nil
	}
	none := map[string]any{}
	for _, m := range marks {
		none[key(m)] = nil
	}
	err := c.changing(ctx, c.namespace, func() error { return c.patch(ctx, none) })
	if err != nil {
		return client.IgnoreNotFound(err)
	}
	return c.dropEmpty(ctx)
}

// dropEmpty deletes the ConfigMap with its last mark, unless somebody else made it.
func (c *configMap) dropEmpty(ctx context.Context) error {
	left := c.object()
	if err := c.ask(ctx, func() error { return c.Get(ctx, client.ObjectKeyFromObject(left), left) }); err != nil {
		return client.IgnoreNotFound(err)
	}
	if len(left.Data) > 0 || left.Labels[ownLabel] == "" {
		return nil
	}
	unchanged := client.Preconditions{UID: &left.UID, ResourceVersion: &left.ResourceVersion}
	err := c.changing(ctx, c.namespace, func() error { return c.Delete(ctx, left, unchanged) })
	if apierrors.IsConflict(err) { // a mark was written in the meantime
		return nil
	}
	return client.IgnoreNotFound(err)
}
