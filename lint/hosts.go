package lint

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// reach is how far a host is away, as far as its name tells.
type reach int

const (
	unknownHost reach = iota // an expression or a variable decides
	loopback
	inCluster // a Service, or a name that only the machine's own network knows
	private
	public
)

// plainURL finds what follows http:// up to the path.
var plainURL = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bhttp://([^\s"'/,;|&)]+)`) })

// plainHosts lists the hosts of a text's http:// URLs, without port and user.
func plainHosts(text string) (hosts []string) {
	if !strings.Contains(text, "http://") {
		return nil
	}
	for _, m := range plainURL().FindAllStringSubmatch(text, -1) {
		hosts = append(hosts, hostOnly(m[1]))
	}
	return hosts
}

func hostOnly(authority string) string {
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		authority = authority[i+1:]
	}
	if inner, ok := strings.CutPrefix(authority, "["); ok {
		inner, _, _ = strings.Cut(inner, "]")
		return inner
	}
	host, _, _ := strings.Cut(authority, ":")
	return host
}

// reachOf tells a host's reach by its name or address alone.
func reachOf(host string) reach {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if ip, err := netip.ParseAddr(host); err == nil {
		switch {
		case ip.IsLoopback() || ip.IsUnspecified():
			return loopback
		case ip.IsPrivate() || ip.IsLinkLocalUnicast():
			return private
		}
		return public
	}
	last := host[strings.LastIndexByte(host, '.')+1:]
	switch {
	case host == "" || strings.ContainsAny(host, "${}<>"):
		return unknownHost
	case last == "localhost":
		return loopback
	case last == "svc" || strings.HasSuffix(host, ".cluster.local") || !strings.Contains(host, "."):
		return inCluster
	case slices.Contains([]string{"internal", "local", "lan", "intranet", "corp", "arpa"}, last):
		return private
	}
	return public
}
