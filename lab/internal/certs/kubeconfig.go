package certs

import (
	"encoding/base64"
	"encoding/json"
	"os"
)

type object = map[string]any

// saveKubeconfig writes a kubeconfig that holds all it needs: it works from
// wherever it is copied to. JSON is YAML.
func (c Cluster) saveKubeconfig(ca pair, path string, who request) error {
	p, err := who.issue(ca)
	if err != nil {
		return err
	}
	cert, key, err := p.pem()
	if err != nil {
		return err
	}
	authority, _, err := ca.pem()
	if err != nil {
		return err
	}
	context := who.name + "@" + c.Name
	data, err := json.MarshalIndent(object{
		"apiVersion": "v1", "kind": "Config", "current-context": context,
		"clusters": []object{{"name": c.Name, "cluster": object{
			"server": c.APIServerURL, "certificate-authority-data": base64.StdEncoding.EncodeToString(authority),
		}}},
		"users": []object{{"name": who.name, "user": object{
			"client-certificate-data": base64.StdEncoding.EncodeToString(cert),
			"client-key-data":         base64.StdEncoding.EncodeToString(key),
		}}},
		"contexts": []object{{"name": context, "context": object{"cluster": c.Name, "user": who.name}}},
	}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o600)
}
