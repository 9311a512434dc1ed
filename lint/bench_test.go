package lint

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// generated is a plan of about so many lines, in the manner of plans that programs
// write: procedures with scripts, typed steps, groups and references, each with a drill.
func generated(lines int) []byte {
	var b bytes.Buffer
	b.WriteString("disaster_recovery_plan:\n  version: \"1.0\"\n  rpo_rto:\n    production: {rpo: 15 minutes, rto: 1 hour}\n  recovery_procedures:\n")
	count := func() int { return bytes.Count(b.Bytes(), []byte("\n")) }
	n := 0
	for ; count() < lines*9/10; n++ {
		fmt.Fprintf(&b, "    p%d:\n      objective: production\n      params: {namespace: {default: shop}}\n      steps:\n", n)
		for i := range 200 {
			fmt.Fprintf(&b, "        - step: Find %d\n          id: find_%d\n          velero_latest: {namespace: \"${params.namespace}\", max_age: 900s}\n", i, i)
			fmt.Fprintf(&b, "        - step: Script %d\n          command: |\n            velero restore create --from-backup nightly --wait || true\n            rm -rf /var/lib/etcd && sleep 60\n", i)
			fmt.Fprintf(&b, "            etcdutl snapshot restore /var/tmp/etcd.db --name m%d --data-dir /srv/%d --initial-cluster a=b,c=d\n          retry: {attempts: 2}\n", i, i)
			fmt.Fprintf(&b, "        - parallel:\n            - {step: Restore %d, velero_restore: {from_backup: \"${steps.find_%d.backup}\", accept_partial: true}}\n            - {step: Tell %d, needs: [find_%d], command: [notify, oncall]}\n", i, i, i, i)
			fmt.Fprintf(&b, "        - step: Delete %d\n          kube_delete: {kind: Namespace, name: shop}\n          needs: [find_%d]\n", i, i)
		}
	}
	b.WriteString("  testing:\n    test_scenarios:\n")
	for i := range n {
		fmt.Fprintf(&b, "      - name: Drill %d\n        procedure: p%d\n        setup:\n", i, i)
		for j := 0; j < 20; j++ {
			fmt.Fprintf(&b, "          - {step: Back up %d, command: velero backup create drill-%d}\n", j, j)
		}
	}
	return b.Bytes()
}

// oneProcedure is a plan of about so many lines whose steps are all in one procedure.
func oneProcedure(lines int) []byte {
	var b bytes.Buffer
	b.WriteString("disaster_recovery_plan:\n  version: \"1.0\"\n  rpo_rto: {production: {rpo: 15 minutes, rto: 1 hour}}\n  recovery_procedures:\n    p:\n")
	for i := 0; i < lines/5; i++ {
		fmt.Fprintf(&b, "      - step: Restore %d\n        command: |\n          velero restore create --from-backup nightly\n", i)
		fmt.Fprintf(&b, "          etcdutl snapshot restore /var/tmp/%d.db --name m%d --data-dir /var/lib/etcd --initial-cluster m1=x,m2=y\n          kubectl get nodes\n", i, i)
	}
	return b.Bytes()
}

// manyNeeds is a plan of about so many lines whose steps each need many before them.
func manyNeeds(lines, needs int) []byte {
	var b bytes.Buffer
	b.WriteString("disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    p:\n")
	for i := 0; i < lines/3; i++ {
		fmt.Fprintf(&b, "      - step: Step %d\n        needs: [", i)
		for j := max(0, i-needs); j < i; j++ {
			fmt.Fprintf(&b, "step_%d, ", j)
		}
		b.WriteString("]\n        command: [notify, oncall]\n")
	}
	return b.Bytes()
}

func benchmark(b *testing.B, data []byte) {
	doc, err := plans.Load("p.yaml", data)
	if err != nil {
		b.Fatal(err)
	}
	l := Linter{Registry: all.Registry(), Now: today}
	b.ReportMetric(float64(bytes.Count(data, []byte("\n"))), "lines")
	for b.Loop() {
		if found := l.Lint(doc, nil, nil); len(found) == 0 {
			b.Fatal("nothing was found")
		}
	}
}

func BenchmarkLint50k(b *testing.B)             { benchmark(b, generated(50_000)) }
func BenchmarkLint50kOneProcedure(b *testing.B) { benchmark(b, oneProcedure(50_000)) }
func BenchmarkLint50kNeeds(b *testing.B)        { benchmark(b, manyNeeds(50_000, 8)) }
func BenchmarkLintManyNeeds(b *testing.B)       { benchmark(b, manyNeeds(3_000, 300)) }
func BenchmarkLintLoad50k(b *testing.B) {
	data := generated(50_000)
	for b.Loop() {
		if _, err := plans.Load("p.yaml", data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLintPlans is a plan as teams write them, read and judged.
func BenchmarkLintPlans(b *testing.B) {
	paths, err := filepath.Glob("testdata/realistic/*.yaml")
	if err != nil || len(paths) == 0 {
		b.Fatal("no plans to lint")
	}
	var files [][]byte
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		files = append(files, data)
	}
	l := Linter{Registry: all.Registry(), Now: today}
	for i := 0; b.Loop(); i++ {
		doc, err := plans.Load("p.yaml", files[i%len(files)])
		if err != nil {
			b.Fatal(err)
		}
		l.Lint(doc, nil, nil)
	}
}
