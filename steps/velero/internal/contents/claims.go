package contents

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Claim is a PersistentVolumeClaim in a backup.
type Claim struct {
	Namespace    string
	Name         string
	StorageClass string // "" for none, or the cluster's default
	Labels       labels.Set
	Users        []labels.Set // the labels of each pod that mounts it
}

// Selected reports whether a restore of the objects whose labels fit takes the
// claim; pods says whether it takes pods, with which their claims come along.
func (c Claim) Selected(by labels.Selector, pods bool) bool {
	return by.Matches(c.Labels) || pods && slices.ContainsFunc(c.Users, func(l labels.Set) bool { return by.Matches(l) })
}

// Where the archive of a backup has its claims and its pods.
const (
	claimsDir = "resources/persistentvolumeclaims/namespaces/"
	podsDir   = "resources/pods/namespaces/"
)

// maxObject bounds what is read of one object: one in etcd is not larger.
const maxObject = 4 << 20

// Claims reads the claims of a backup's archive, as Velero keeps it.
func Claims(archive io.Reader) ([]Claim, error) {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return nil, fmt.Errorf("the backup's archive is not gzipped: %w", err)
	}
	var all []Claim
	users := map[string][]labels.Set{} // by the claim's namespace/name
	for entries := tar.NewReader(unzipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the backup's archive cannot be read: %w", err)
		}
		switch {
		case strings.HasPrefix(entry.Name, claimsDir):
			var c Claim
			c, err = readClaim(entries)
			all = append(all, c)
		case strings.HasPrefix(entry.Name, podsDir):
			err = readPod(entries, users)
		}
		if err != nil {
			return nil, fmt.Errorf("%s of the backup: %w", entry.Name, err)
		}
	}
	for i := range all {
		all[i].Users = users[all[i].Namespace+"/"+all[i].Name]
	}
	slices.SortFunc(all, func(a, b Claim) int { return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) })
	return all, nil
}

func readPod(r io.Reader, users map[string][]labels.Set) error {
	var pod corev1.Pod
	if err := json.NewDecoder(io.LimitReader(r, maxObject)).Decode(&pod); err != nil {
		return err
	}
	for _, v := range pod.Spec.Volumes {
		if v.PersistentVolumeClaim != nil {
			claim := pod.Namespace + "/" + v.PersistentVolumeClaim.ClaimName
			users[claim] = append(users[claim], pod.Labels)
		}
	}
	return nil
}

// annotated is where claims had their class before it was a field.
const annotated = "volume.beta.kubernetes.io/storage-class"

func readClaim(r io.Reader) (Claim, error) {
	var claim corev1.PersistentVolumeClaim
	if err := json.NewDecoder(io.LimitReader(r, maxObject)).Decode(&claim); err != nil {
		return Claim{}, err
	}
	c := Claim{Namespace: claim.Namespace, Name: claim.Name, StorageClass: claim.Annotations[annotated], Labels: claim.Labels}
	if claim.Spec.StorageClassName != nil {
		c.StorageClass = *claim.Spec.StorageClassName
	}
	return c, nil
}
