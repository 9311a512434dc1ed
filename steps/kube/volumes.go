package kube

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// volumes lists the PersistentVolumes that outlive the claims they were bound to,
// and waits until they are gone where they must be.
func (j *deleting) volumes(ctx context.Context) error {
	j.orphans = []string{}
	if !slices.ContainsFunc(j.deleted.refs, ownsVolumes) {
		return nil
	}
	var volumes corev1.PersistentVolumeList
	err := j.Await(ctx, &volumes, func() (bool, error) {
		j.orphans = []string{}
		for _, v := range volumes.Items {
			if claim := v.Spec.ClaimRef; claim != nil && j.orphaned(claim) {
				j.orphans = append(j.orphans, v.Name)
			}
		}
		if len(j.orphans) > 0 && j.Orphans == "fail" {
			j.in.Progress("waiting for PersistentVolumes to go: " + strings.Join(j.orphans, ", "))
			return false, nil
		}
		return true, nil
	})
	if err == nil || len(j.orphans) == 0 {
		return err
	}
	return fmt.Errorf("PersistentVolumes outlive their claims (kubectl get pv; is their reclaim policy Retain?): %s: %w", strings.Join(j.orphans, ", "), err)
}

func ownsVolumes(ref string) bool {
	return strings.HasPrefix(ref, "Namespace ") || strings.HasPrefix(ref, "PersistentVolumeClaim ")
}

// orphaned reports whether a volume's claim was deleted, itself or with its
// namespace. A claim made anew under the same name is another.
func (j *deleting) orphaned(claim *corev1.ObjectReference) bool {
	return j.deleted.has("Namespace "+claim.Namespace) || j.claims[claim.UID]
}
