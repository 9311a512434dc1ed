package evidence

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/drplan/drplan/evidence/keys"
)

const drillID = "20261124T105043Z-drill-rgtl"

// packed is a bundle of the recorded drill, and the key that signed its manifest.
func packed(t testing.TB, format Format) ([]byte, keys.Signer) {
	t.Helper()
	signer := newSigner(t)
	return pack(t, format, drillFiles(t), signer), signer
}

func drillFiles(t testing.TB) []File {
	t.Helper()
	files, err := Collect(filepath.Join("testdata", "drill"))
	if err != nil {
		t.Fatal(err)
	}
	return append(files, Bytes("report/report.md", []byte("# It went well\n")))
}

func pack(t testing.TB, format Format, files []File, by keys.Signer) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (Bundle{Run: drillID, Tool: "v1", Files: files}).Write(&b, format, by); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func judge(t testing.TB, data []byte, trusted ...keys.Public) (Result, error) {
	t.Helper()
	return verifyBundle(bytes.NewReader(data), int64(len(data)), trusted)
}

func TestBundle(t *testing.T) {
	alice := key(t, "alice")
	for _, format := range []Format{TarGz, Zip} {
		data, signer := packed(t, format)
		r, err := judge(t, data, alice, signer.Public())
		if err != nil || r.Verdict != Verified || r.Run != drillID {
			t.Errorf("%s: %+v, %v", format, r, err)
		}
		if again := pack(t, format, drillFiles(t), signer); !bytes.Equal(data, again) {
			t.Errorf("%s: the same run and key give other bytes", format)
		}
		for name, known := range map[string][]keys.Public{"the manifest alone": {signer.Public()}, "the run alone": {alice}, "nobody": nil} {
			if r, err := judge(t, data, known...); err != nil || r.Verdict != Incomplete {
				t.Errorf("%s: signed by whom is known of %s: %v %v, %v", format, name, r.Verdict, r.Finding, err)
			}
		}
		bare := pack(t, format, drillFiles(t), nil)
		if r, err := judge(t, bare, alice); err != nil || r.Verdict != Incomplete || r.Finding.File != ManifestName {
			t.Errorf("%s: unsigned: %v %v, %v", format, r.Verdict, r.Finding, err)
		}
	}
}

func TestCollect(t *testing.T) {
	var names []string
	for _, f := range drillFiles(t) {
		names = append(names, f.Name)
	}
	want := []string{"checkpoint-24-6ce6dd4f.note", "journal.jsonl", "params.json", "plan.yaml", "steps/say/output.log", "report/report.md"}
	if !slices.Equal(names, want) {
		t.Errorf("%q", names)
	}
}

// TestEveryByteOfABundle: also those between the files, of a reader's headers and
// of checksums. Deflate can say the same in several ways: a flip after which the
// same bytes come out has changed nothing.
func TestEveryByteOfABundle(t *testing.T) {
	alice := key(t, "alice")
	for _, format := range []Format{TarGz, Zip} {
		data, signer := packed(t, format)
		same := 0
		for i := range data {
			bad := bytes.Clone(data)
			bad[i] ^= masks[i%len(masks)]
			r, err := judge(t, bad, alice, signer.Public())
			if err == nil && r.Verdict == Verified && format == TarGz && bytes.Equal(inflate(bad), inflate(data)) {
				same++
				continue
			}
			if err != nil || r.Verdict != Broken || r.Finding.Text == "" {
				t.Fatalf("%s: byte %d of %d: %v %v, %v", format, i, len(data), r.Verdict, r.Finding, err)
			}
		}
		if same*100 > len(data) {
			t.Errorf("%s: %d of %d bytes change nothing", format, same, len(data))
		}
		for n := 0; n < len(data); n += 7 {
			if r, err := judge(t, data[:n], alice, signer.Public()); err != nil || r.Verdict != Broken {
				t.Fatalf("%s: %d bytes of %d: %v %v, %v", format, n, len(data), r.Verdict, r.Finding, err)
			}
		}
		if r, err := judge(t, append(bytes.Clone(data), 0), alice, signer.Public()); err != nil || r.Verdict != Broken {
			t.Errorf("%s: a byte more: %v, %v", format, r.Verdict, err)
		}
	}
}

func inflate(data []byte) []byte {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil
	}
	out, err := io.ReadAll(z)
	if err != nil {
		return nil
	}
	return out
}

// entry is a file of an archive that nobody vouches for.
type entry struct {
	head tar.Header
	data []byte
}

func entries(t testing.TB, data []byte) []entry {
	t.Helper()
	var all []entry
	for r := tar.NewReader(bytes.NewReader(inflate(data))); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, entry{*tarHeader(h.Name, h.Size), body})
	}
}

func archive(t testing.TB, all []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, e := range all {
		if err := w.WriteHeader(&e.head); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(e.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRepackedBundles: whoever packs anew what was changed must still be found out.
func TestRepackedBundles(t *testing.T) {
	alice := key(t, "alice")
	data, signer := packed(t, TarGz)
	whole := entries(t, data)
	check := func(what string, changed []entry, place string) {
		t.Helper()
		r, err := judge(t, archive(t, changed), alice, signer.Public())
		if err != nil || r.Verdict != Broken || place != "" && r.Finding.File != place {
			t.Errorf("%s: %v %v, %v; want %s", what, r.Verdict, r.Finding, err, place)
		}
	}
	if r, err := judge(t, archive(t, whole), alice, signer.Public()); err != nil || r.Verdict != Verified {
		t.Fatalf("nothing was changed: %v %v, %v", r.Verdict, r.Finding, err)
	}
	for i, e := range whole {
		name := strings.TrimPrefix(e.head.Name, drillID+"/")
		check("dropped "+name, slices.Delete(slices.Clone(whole), i, i+1), "")
		check("doubled "+name, slices.Insert(slices.Clone(whole), i, e), "")
		if i > 1 {
			swapped := slices.Clone(whole)
			swapped[i], swapped[i-1] = swapped[i-1], swapped[i]
			check("swapped "+name, swapped, name)
		}
		for at := range e.data {
			if name != ManifestName && at%13 > 0 {
				continue // a sum is a sum
			}
			changed := slices.Clone(whole)
			changed[i].data = bytes.Clone(e.data)
			changed[i].data[at] ^= 1
			check(fmt.Sprintf("byte %d of %s", at, name), changed, name)
		}
	}
	check("a file more", append(slices.Clone(whole), entry{*tarHeader(drillID+"/more", 1), []byte("x")}), "more")
	gone := slices.Clone(whole)
	gone[0].data = bytes.Replace(gone[0].data, []byte("\n\n"), []byte("\n"), 1)
	gone[0].data = gone[0].data[:bytes.Index(gone[0].data, []byte("— "))]
	gone[0].head.Size = int64(len(gone[0].data))
	check("the signature taken off", gone, ManifestName)
}

// TestHostileBundles: nothing is unpacked anywhere, and what could lead out of the
// folder, or fill the memory, is refused by name.
func TestHostileBundles(t *testing.T) {
	alice := key(t, "alice")
	data, signer := packed(t, TarGz)
	whole := entries(t, data)
	link := func(flag byte, target string) entry {
		return entry{head: tar.Header{Typeflag: flag, Name: drillID + "/plan.yaml", Linkname: target, Mode: 0o777}}
	}
	for name, bad := range map[string]entry{
		"out":        {*tarHeader("../../etc/cron.d/x", 1), []byte("x")},
		"absolute":   {*tarHeader("/etc/cron.d/x", 1), []byte("x")},
		"through":    {*tarHeader(drillID+"/../../x", 1), []byte("x")},
		"no folder":  {*tarHeader("x", 1), []byte("x")},
		"other":      {*tarHeader("other/x", 1), []byte("x")},
		"backslash":  {*tarHeader(drillID+`/..\x`, 1), []byte("x")},
		"drive":      {*tarHeader(drillID+`/C:x`, 1), []byte("x")},
		"newline":    {*tarHeader(drillID+"/a\nb", 1), []byte("x")},
		"symlink":    link(tar.TypeSymlink, "/etc/passwd"),
		"hard link":  link(tar.TypeLink, "/etc/passwd"),
		"device":     link(tar.TypeChar, ""),
		"folder":     {head: tar.Header{Typeflag: tar.TypeDir, Name: drillID + "/d/", Mode: 0o755}},
		"executable": {tar.Header{Typeflag: tar.TypeReg, Name: whole[1].head.Name, Size: whole[1].head.Size, Mode: 0o755}, whole[1].data},
	} {
		for _, at := range []int{0, 1, len(whole)} {
			list := slices.Insert(slices.Clone(whole), at, bad)
			if name == "executable" {
				list = slices.Clone(whole)
				list[1] = bad
			}
			r, err := judge(t, archive(t, list), alice, signer.Public())
			if err != nil || r.Verdict != Broken {
				t.Errorf("%s at %d: %v %v, %v", name, at, r.Verdict, r.Finding, err)
			}
		}
	}
	big := make([]byte, maxSmall+1)
	list := slices.Clone(whole)
	list[0] = entry{*tarHeader(whole[0].head.Name, int64(len(big))), big}
	if r, err := judge(t, archive(t, list), alice); err != nil || r.Verdict != Broken || !strings.Contains(r.Finding.Text, "refused") {
		t.Errorf("a manifest of zeros: %v %v, %v", r.Verdict, r.Finding, err)
	}
	var lies bytes.Buffer // a header that promises a terabyte
	z := gzip.NewWriter(&lies)
	w := tar.NewWriter(z)
	if err := errors.Join(w.WriteHeader(tarHeader(drillID+"/"+ManifestName, 1<<40)), z.Close()); err != nil {
		t.Fatal(err)
	}
	if r, err := judge(t, lies.Bytes(), alice); err != nil || r.Verdict != Broken {
		t.Errorf("a terabyte: %v %v, %v", r.Verdict, r.Finding, err)
	}
}

// TestHostileZips: what a zip can say twice, or in another way.
func TestHostileZips(t *testing.T) {
	data, signer := packed(t, TarGz)
	for name, h := range map[string]*zip.FileHeader{
		"compressed": {Name: drillID + "/" + ManifestName, Method: zip.Deflate},
		"out":        {Name: "../" + ManifestName},
		"symlink": func() *zip.FileHeader {
			h := &zip.FileHeader{Name: drillID + "/" + ManifestName}
			h.SetMode(os.ModeSymlink | 0o777)
			return h
		}(),
		"with time": {Name: drillID + "/" + ManifestName, Comment: "x"},
	} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i, e := range entries(t, data) {
			head := &zip.FileHeader{Name: e.head.Name, Method: zip.Store}
			if i == 0 {
				head = h
			}
			w, err := z.CreateHeader(head)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(e.data); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		if r, err := judge(t, b.Bytes(), key(t, "alice"), signer.Public()); err != nil || r.Verdict != Broken {
			t.Errorf("%s: %v %v, %v", name, r.Verdict, r.Finding, err)
		}
	}
}

func TestGrowingFile(t *testing.T) {
	short := File{"run.log", 10, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("short")), nil }}
	err := Bundle{Run: drillID, Files: []File{short}}.Write(io.Discard, TarGz, nil)
	if err == nil || !strings.Contains(err.Error(), "run.log") {
		t.Errorf("a file that was cut meanwhile: %v", err)
	}
}

// TestWithout: a file that is missing is named, not the one that stands in its place.
func TestWithout(t *testing.T) {
	signer := newSigner(t)
	files := drillFiles(t)
	for i, f := range files {
		var b bytes.Buffer
		m := manifest{run: drillID, tool: "v1"}
		for _, f := range files {
			digest, err := f.digest()
			if err != nil {
				t.Fatal(err)
			}
			m.files = append(m.files, sum{digest, f.Name})
		}
		head, err := m.seal(signer)
		if err != nil {
			t.Fatal(err)
		}
		p := newPacker(&b, TarGz)
		left := append([]File{Bytes(ManifestName, head)}, files[:i]...)
		for _, one := range append(left, files[i+1:]...) {
			if err := one.pack(p, drillID); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		r, err := judge(t, b.Bytes(), signer.Public())
		if err != nil || r.Verdict != Broken || r.Finding.File != f.Name || !strings.Contains(r.Finding.Text, "it is missing") {
			t.Errorf("without %s: %+v, %v", f.Name, r.Finding, err)
		}
	}
}

// TestEntered: the register's lines must be of this run.
func TestEntered(t *testing.T) {
	s := load(t, "resumed")
	f, _, err := readFacts(bytes.NewReader(s.journal), int64(len(s.journal)), map[int64]bool{1: true})
	if err != nil || f.header.Register == nil {
		t.Fatalf("the recorded run has no place: %v", err)
	}
	place, first := f.header.Register, f.sums[1].sum
	lines := func(id string, number int64, head string) []byte {
		return fmt.Appendf(nil, `{"rec":{"register":1,"id":%q}}`+"\n"+`{"rec":{"start":%d,"run":%q,"head":%q}}`+"\n", id, number, f.header.RunID, head)
	}
	for text, data := range map[string][]byte{
		"":                         lines(place.ID, place.Number, first),
		"it is of the register":    lines("another", place.Number, first),
		"it says that the run is":  lines(place.ID, place.Number+1, first),
		"another first record":     lines(place.ID, place.Number, "00"),
		"own start is missing":     lines(place.ID, place.Number, first)[:bytes.IndexByte(lines(place.ID, place.Number, first), '\n')+1],
		"not a line of a register": []byte("nonsense\n"),
	} {
		r, err := s.with(RegisterName, data).verify(everybody(t))
		if err != nil || (r.Verdict == Verified) != (text == "") || !strings.Contains(r.Finding.Text, text) {
			t.Errorf("%q: %+v, %v", text, r.Finding, err)
		}
	}
}
