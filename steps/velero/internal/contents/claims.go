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
)

// Claim is a PersistentVolumeClaim in a backup.
type Claim struct {
	Namespace    string
	Name         string
	StorageClass string // "" for none, or the cluster's default
}

// claimsDir is where the archive of a backup has its claims.
const claimsDir = "resources/persistentvolumeclaims/namespaces/"

// maxClaim bounds what is read of one claim: an object in etcd is not larger.
const maxClaim = 4 << 20

// Claims reads the claims of a backup's archive, as Velero keeps it.
func Claims(archive io.Reader) ([]Claim, error) {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return nil, fmt.Errorf("the backup's archive is not gzipped: %w", err)
	}
	var all []Claim
	for entries := tar.NewReader(unzipped); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the backup's archive cannot be read: %w", err)
		}
		if !strings.HasPrefix(entry.Name, claimsDir) {
			continue
		}
		c, err := readClaim(entries)
		if err != nil {
			return nil, fmt.Errorf("%s of the backup: %w", entry.Name, err)
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Claim) int { return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name) })
	return all, nil
}

// annotated is where claims had their class before it was a field.
const annotated = "volume.beta.kubernetes.io/storage-class"

func readClaim(r io.Reader) (Claim, error) {
	var claim corev1.PersistentVolumeClaim
	if err := json.NewDecoder(io.LimitReader(r, maxClaim)).Decode(&claim); err != nil {
		return Claim{}, err
	}
	c := Claim{Namespace: claim.Namespace, Name: claim.Name, StorageClass: claim.Annotations[annotated]}
	if claim.Spec.StorageClassName != nil {
		c.StorageClass = *claim.Spec.StorageClassName
	}
	return c, nil
}
