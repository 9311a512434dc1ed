package velero

import (
	"context"
	"fmt"
	"slices"
	"strings"

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
	if len(lists) == 0 && err != nil {
		check.Err = p.Explain(err)
		return check
	}
	served := map[string]bool{}
	for _, list := range lists {
		for _, res := range list.APIResources {
			served[list.GroupVersion+" "+res.Kind] = true
		}
	}
	if missing := p.unservedKinds(served); len(missing) > 0 {
		check.Err = fmt.Errorf("the cluster does not serve %s, which is in the backup: install what brings it, or exclude_resources", strings.Join(missing, ", "))
		return check
	}
	check.Message = "the cluster serves all kinds in the backup"
	return check
}

func (p *preflight) unservedKinds(served map[string]bool) []string {
	var missing []string
	for _, i := range p.items {
		name := i.GroupVersion().String() + " " + i.Kind
		if !served[name] && !slices.Contains(missing, name) && !p.brings(i) {
			missing = append(missing, name)
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
