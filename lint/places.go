package lint

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// place is what a backup's location tells of where it is.
type place struct {
	bucket  string // scheme and bucket, or the host
	region  string // empty: the location does not tell
	account string // of AWS; empty: the location does not tell
	near    bool   // on the machine, or in the cluster itself
	store   bool   // an object store, whose buckets lie in a region
}

var (
	// The regions of AWS, Google Cloud and Azure as they stand in names.
	regionName = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\b(?:(?:us|eu|ap|sa|ca|me|af|il|mx|cn)(?:-gov)?-(?:north|south|east|west|central)(?:east|west)?-?[1-9]|` +
			`(?:us|europe|asia|australia|northamerica|southamerica|me|africa)-(?:north|south|east|west|central)(?:east|west)?[1-9]|` +
			`(?:east|west|central|northcentral|southcentral|westcentral)us[23]?|(?:north|west)europe|(?:uk|japan|france|germany)(?:south|west|east|central|westcentral))\b`)
	})
	arn = sync.OnceValue(func() *regexp.Regexp {
		return regexp.MustCompile(`\barn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]*):([0-9]{12})?:`)
	})
)

func placeOf(location string) place {
	p := place{region: regionName().FindString(location)}
	if m := arn().FindStringSubmatch(location); m != nil {
		p.account = m[2]
		if m[1] != "" {
			p.region = m[1]
		}
	}
	u, err := url.Parse(location)
	switch {
	case err != nil || u.Scheme == "" || u.Scheme == "file" || u.Scheme == "hostpath" || u.Scheme == "pvc":
		p.near = err == nil && u.Scheme != "" || (strings.HasPrefix(location, "/") || strings.HasPrefix(location, "./")) && !mounted(location)
		p.bucket = location
	case u.Scheme == "arn":
		p.bucket = location
	default:
		p.bucket = u.Scheme + "://" + u.Host
		p.store = slices.Contains([]string{"s3", "gs", "gcs", "azblob", "abfs", "abfss", "wasbs", "b2", "oss", "cos", "swift"}, u.Scheme)
		r := reachOf(hostOnly(u.Host))
		p.near = strings.HasPrefix(u.Scheme, "http") && (r == loopback || r == inCluster)
	}
	return p
}

// mounted reports whether a path may well be another machine's disk.
func mounted(path string) bool {
	for _, folder := range []string{"/mnt/", "/media/", "/net/", "/nfs", "/volumes/"} {
		if strings.HasPrefix(strings.ToLower(path), folder) {
			return true
		}
	}
	return named(path, "nas", "nfs", "smb", "cifs", "share", "remote", "offsite")
}
