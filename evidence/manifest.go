package evidence

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"

	"github.com/drplan/drplan/evidence/keys"
)

// ManifestName is the first file of a bundle.
const ManifestName = "MANIFEST"

const bundleV1 = "drplan.dev/bundle/v1"

// manifest lists what is in a bundle. Its lines with sums are those of sha256sum.
type manifest struct {
	run    string
	tool   string // drplan's version: another one may write the reports differently
	signer string // fingerprint; empty: it is not signed
	files  []sum
}

type sum struct{ sha256, name string }

func (m manifest) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nrun %s\ntool %s\n", bundleV1, m.run, oneLine(m.tool))
	if m.signer != "" {
		fmt.Fprintf(&b, "signer %s\n", m.signer)
	}
	for _, f := range m.files {
		fmt.Fprintf(&b, "%s  %s\n", f.sha256, f.name)
	}
	return b.String()
}

// seal is the manifest's file: a signed note, or its bare text.
func (m manifest) seal(by keys.Signer) ([]byte, error) {
	if by == nil {
		return []byte(m.text()), nil
	}
	m.signer = by.Public().Fingerprint()
	return keys.Seal(m.text(), by)
}

var sumLine = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([0-9a-f]{64})  (\S.*)$`) })

// openManifest reads a manifest. signed: by a key that was given.
func openManifest(data []byte, trusted []keys.Public) (m manifest, signed bool, err error) {
	if !strings.Contains(string(data), "\n\n") { // a bare text
		m, err = parseManifest(string(data))
		if err == nil && m.signer != "" {
			err = errors.New("it names a signer, and its signature is gone")
		}
		return m, false, err
	}
	text, by, err := keys.Open(data, trusted)
	if err != nil && !errors.Is(err, keys.ErrStranger) {
		return m, false, err
	}
	signed = err == nil
	if m, err = parseManifest(text); err != nil {
		return m, false, err
	}
	if signed && m.signer != by.Fingerprint() {
		return m, false, fmt.Errorf("it names the signer %s, and %s has signed", m.signer, by.Fingerprint())
	}
	for _, k := range trusted {
		if !signed && k.Fingerprint() == m.signer {
			return m, false, errors.New("it says that " + m.signer + " has signed it, which has not")
		}
	}
	return m, signed, nil
}

func parseManifest(text string) (m manifest, err error) {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if lines[0] != bundleV1 {
		return m, fmt.Errorf("line 1: it is not %s; a later drplan may know it", bundleV1)
	}
	for i, line := range lines[1:] {
		key, value, _ := strings.Cut(line, " ")
		switch found := sumLine().FindStringSubmatch(line); {
		case found != nil && checkName(found[2]) == nil:
			m.files = append(m.files, sum{found[1], found[2]})
		case key == "run":
			m.run = value
		case key == "tool":
			m.tool = value
		case key == "signer":
			m.signer = value
		default:
			return m, fmt.Errorf("line %d: a manifest has no such line", i+2)
		}
	}
	if m.text() != text {
		return m, errors.New("its lines are not those of a manifest, in their order")
	}
	return m, nil
}

// checkName refuses what could lead out of the folder into which a bundle is
// unpacked, on any system.
func checkName(name string) error {
	if !fs.ValidPath(name) || name == "." || strings.ContainsFunc(name, func(r rune) bool {
		return r < ' ' || r == 0x7f || strings.ContainsRune(`\:*?"<>|`, r)
	}) {
		return fmt.Errorf("the name %q is refused", name)
	}
	return nil
}
