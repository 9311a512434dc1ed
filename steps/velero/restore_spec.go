package velero

import (
	"context"
	"strings"
	"time"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/drplan/drplan/steps/velero/internal/isolate"
	"github.com/drplan/drplan/steps/velero/internal/server"
)

// thereAnnotation on a Restore lists the target namespaces that were there before
// it: only the others are of its making.
const thereAnnotation = "drplan.dev/namespaces-there"

// proofAnnotation keeps the output isolation_proof for a resume.
const proofAnnotation = "drplan.dev/isolation-proof"

// object is the Restore as it will be created.
func (r *restore) object(ctx context.Context, isolated bool) *velerov1.Restore {
	o := &velerov1.Restore{Spec: r.spec()}
	o.Namespace, o.Name = r.Namespace, r.name
	server.Mark(o, r.in)
	o.Annotations[thereAnnotation] = strings.Join(r.there, ",")
	o.Annotations[proofAnnotation] = r.proof
	o.Annotations[askedAnnotation] = r.asked()
	if limit := r.itemTimeout(ctx); limit > 0 {
		// Velero's own limits are four hours, and block what follows until then.
		o.Spec.ItemOperationTimeout = metav1.Duration{Duration: limit}
		o.Annotations[velerov1.PodVolumeOperationTimeoutAnnotation] = limit.String()
	}
	if isolated {
		o.Spec.ExcludedResources = append(o.Spec.ExcludedResources, isolate.TakenOut...)
		o.Spec.ResourceModifier = &corev1.TypedLocalObjectReference{Kind: "ConfigMap", Name: r.name}
	}
	return o
}

func (s *restoreStep) spec() velerov1.RestoreSpec {
	spec := velerov1.RestoreSpec{
		BackupName:         s.FromBackup,
		IncludedNamespaces: s.IncludeNamespaces, ExcludedNamespaces: s.ExcludeNamespaces,
		IncludedResources: s.IncludeResources, ExcludedResources: append([]string(nil), s.ExcludeResources...),
		NamespaceMapping: s.Mappings, RestorePVs: s.RestorePVs, IncludeClusterResources: s.clusterResources(),
		ExistingResourcePolicy: velerov1.PolicyTypeNone,
	}
	if s.Existing == "update" {
		spec.ExistingResourcePolicy = velerov1.PolicyTypeUpdate
	}
	spec.LabelSelector, _ = selector(s.Selector) // valid, says Validate
	return spec
}

// itemTimeout is item_timeout, else what is left until the deadline.
func (r *restore) itemTimeout(ctx context.Context) time.Duration {
	if r.ItemTimeout > 0 {
		return time.Duration(r.ItemTimeout)
	}
	if deadline, ok := ctx.Deadline(); ok {
		return max(time.Until(deadline).Round(time.Second), time.Second)
	}
	return 0
}

// clusterResources is how Velero says it: nil for what is needed.
func (s *restoreStep) clusterResources() *bool {
	if s.ClusterResources == clusterAsNeeded {
		return nil
	}
	all := s.ClusterResources == clusterIncluded
	return &all
}
