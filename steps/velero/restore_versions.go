package velero

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"

	"github.com/drplan/drplan/steps"
	"github.com/drplan/drplan/steps/velero/internal/contents"
)

// checkVersions: the cluster serves what is restored, or its definitions come
// along.
func (p *preflight) checkVersions(context.Context) steps.Check {
	check := steps.Check{Name: checkVersions}
	if p.unlisted != nil {
		check.Message = "not checked: " + p.unlisted.Error()
		return check
	}
	asker, err := discovery.NewDiscoveryClientForConfig(p.Config)
	if err != nil {
		check.Err = p.Explain(err)
		return check
	}
	_, lists, err := asker.ServerGroupsAndResources()
	silent, partly := discovery.GroupDiscoveryFailedErrorGroups(err)
	if err != nil && !partly {
		check.Err = p.Explain(err)
		return check
	}
	served := map[string]bool{}
	for _, list := range lists {
		for _, res := range list.APIResources {
			served[list.GroupVersion+" "+res.Kind] = true
		}
	}
	missing := p.unservedKinds(served)
	if unknown := p.ofSilent(missing, silent); unknown != nil {
		check.Err = unknown
		return check
	}
	if len(missing) > 0 {
		check.Err = fmt.Errorf("the cluster does not serve %s, which is in the backup: install what brings it, or exclude_resources", joinKinds(missing))
		return check
	}
	check.Message = "the cluster serves all kinds in the backup"
	return check
}

func joinKinds(kinds []schema.GroupVersionKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.GroupVersion().String() + " " + k.Kind
	}
	return strings.Join(names, ", ")
}

// ofSilent is the error for kinds whose API is there and does not answer: whether
// they are served cannot be told, and Velero would not restore them now.
func (p *preflight) ofSilent(missing []schema.GroupVersionKind, silent map[schema.GroupVersion]error) error {
	var kinds []schema.GroupVersionKind
	for _, k := range missing {
		if _, is := silent[k.GroupVersion()]; is {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) == 0 {
		return nil
	}
	gv := kinds[0].GroupVersion()
	return fmt.Errorf("the API %s does not answer (%w), so whether the cluster serves %s, which is in the backup, cannot be told: kubectl describe apiservice %s.%s, or exclude_resources", gv, silent[gv], joinKinds(kinds), gv.Version, gv.Group)
}

func (p *preflight) unservedKinds(served map[string]bool) []schema.GroupVersionKind {
	var missing []schema.GroupVersionKind
	for _, i := range p.items {
		name := i.GroupVersion().String() + " " + i.Kind
		if !served[name] && !slices.Contains(missing, i.GroupVersionKind) && !p.brings(i) {
			missing = append(missing, i.GroupVersionKind)
		}
	}
	return missing
}

// brings reports whether the restore brings a definition of the kind's group.
func (p *preflight) brings(kind contents.Item) bool {
	if p.ClusterResources == clusterExcluded {
		return false
	}
	return slices.ContainsFunc(p.items, func(i contents.Item) bool {
		return i.Kind == "CustomResourceDefinition" && kind.Group != "" && strings.HasSuffix(i.Name, "."+kind.Group)
	})
}
