package process

import (
	"bytes"
	"fmt"

	"go.yaml.in/yaml/v4"
)

// Annotate returns an edit for [Control.Launch]: the manifest with one
// annotation more, or another value of it. All else stays, comments too. A static
// pod's UID is made from its manifest, so that for the kubelet this is a new pod.
func Annotate(key, value string) func([]byte) ([]byte, error) {
	return func(data []byte) ([]byte, error) {
		var doc yaml.Node
		if err := yaml.Unmarshal(data, &doc); err != nil {
			return nil, err
		}
		if len(doc.Content) != 1 || doc.Content[0].Kind != yaml.MappingNode {
			return nil, fmt.Errorf("the manifest is not one object")
		}
		annotations := child(child(doc.Content[0], "metadata"), "annotations")
		set(annotations, key, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value, Style: yaml.DoubleQuotedStyle})
		var out bytes.Buffer
		enc := yaml.NewEncoder(&out)
		enc.SetIndent(2)
		if err := enc.Encode(&doc); err != nil {
			return nil, err
		}
		return out.Bytes(), enc.Close()
	}
}

// child is the mapping under key, made where there is none.
func child(in *yaml.Node, key string) *yaml.Node {
	if found := get(in, key); found != nil && found.Kind == yaml.MappingNode {
		return found
	}
	made := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	set(in, key, made)
	return made
}

func get(in *yaml.Node, key string) *yaml.Node {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			return in.Content[i+1]
		}
	}
	return nil
}

func set(in *yaml.Node, key string, value *yaml.Node) {
	for i := 0; i+1 < len(in.Content); i += 2 {
		if in.Content[i].Value == key {
			in.Content[i+1] = value
			return
		}
	}
	in.Content = append(in.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, value)
}
