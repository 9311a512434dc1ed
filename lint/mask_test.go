package lint

import (
	"strings"
	"testing"

	"github.com/drplan/drplan/plans"
	"github.com/drplan/drplan/steps/all"
)

// TestSecretsAreNotShown: whichever rule speaks about a line with a secret in it, the
// secret is in nothing that it says.
func TestSecretsAreNotShown(t *testing.T) {
	const hunter, letters = "hunter2-is-long", "s3cr3t"
	for name, step := range map[string]string{
		"beside a placeholder": `{step: Log in, command: [login, --password, ` + hunter + `, <cluster>]}`,
		"in single quotes":     `{step: Log in, env: {PASSWORD: '` + hunter + `'}, command: [login, <cluster>]}`,
		"with an escape":       `{step: Log in, env: {PASSWORD: "hunter2\x2dis-long"}, command: [login, <cluster>]}`,
		"short":                `{step: Log in, command: "login --password=` + letters + ` <cluster>"}`,
		"an unknown key":       `{step: Log in, command: [login, <cluster>], password: ` + hunter + `}`,
		"in a URL":             `{step: Log in, command: [login, "https://ops:` + hunter + `@example.com/", <cluster>]}`,
		"folded":               "step: Log in\n        command: >\n          login --password=" + hunter + "\n          <cluster>",
		"in a block":           "step: Log in\n        command: |\n          echo <cluster>\n          login --password=" + hunter + " <cluster>",
	} {
		plan := "disaster_recovery_plan:\n  version: \"1.0\"\n  recovery_procedures:\n    failure:\n      - " + step + "\n"
		doc, _ := plans.Load("plan.yaml", []byte(plan))
		found := Linter{Registry: all.Registry(), Now: today}.Lint(doc, nil, nil)
		if len(found) < 2 {
			t.Errorf("%s: only %d findings", name, len(found))
		}
		secret := false
		for _, f := range found {
			secret = secret || f.Rule == "secret-in-plan" || f.Rule == "credentials-in-url"
			for _, text := range []string{f.Message, f.Hint, f.Source} {
				if strings.Contains(text, "hunter2") || strings.Contains(text, letters) {
					t.Errorf("%s: %s shows it: %s", name, f.Rule, text)
				}
			}
		}
		if !secret {
			t.Errorf("%s: the secret was not found in %v", name, found)
		}
	}
}

// TestNoSecrets: what people call secrets, and are none.
func TestNoSecrets(t *testing.T) {
	for _, text := range []string{
		"password: ${secret.DB}", "password: $PASSWORD", "password: /run/secrets/db", "password: <password>", "password: '***'", "password: changeme",
		"token: etcd-cluster-restored-2026", "secret: cloud-credentials", "secret_name: velero-repo-credentials-2026", "api_key: null", "password: true",
		"command: kubectl create secret generic db --from-file=password=./db.txt", `command: test "$PASSWORD" = "$OTHER"`,
		"command: kubectl get secret -n shop db-password -o yaml", "command: velero install --secret-file ./credentials-velero",
		"command: etcdutl snapshot restore x --initial-cluster-token etcd-1", "command: mysql -h db -P 3306 -p shop", "command: 'curl -u \"$USER:$PASSWORD\" https://example.com'",
		"command: ssh git@github.com:22", "image: registry.example.com/shop@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"key: 0d2c7a4e-8f63-4f0b-9a3e-5b1f7c6d2e90", "step: Enter the password, then press return", "step: 'Rotate the token: see the handbook'",
	} {
		tree, err := plans.LoadTree("x.yaml", []byte(text+"\n"))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		for _, s := range secretsIn(tree.Root) {
			t.Errorf("%s: %q is called %s", text, s.text(), s.what)
		}
	}
}
