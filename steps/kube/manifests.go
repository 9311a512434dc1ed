package kube

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"github.com/drplan/drplan/steps"
)

// manifests are the fields that say which objects are meant by their manifests.
type manifests struct {
	Files  []string `json:"files" doc:"Files of manifests, in YAML or JSON. Of a folder: the files in it that end in .yaml, .yml or .json, by name; not those of its folders."`
	Inline string   `json:"inline" doc:"Manifests as text, with --- between them."`
}

func (m *manifests) given() bool { return len(m.Files) > 0 || m.Inline != "" }

func (m *manifests) validate() error {
	if _, err := parse("inline", []byte(m.Inline)); err != nil {
		return &steps.FieldError{Path: "inline", Err: err}
	}
	return nil
}

// read returns all objects, in the order of files and documents.
func (m *manifests) read() ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	for _, path := range m.Files {
		files, err := expand(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, err
			}
			objects, err := parse(file, data)
			if err != nil {
				return nil, steps.Final(err)
			}
			all = append(all, objects...)
		}
	}
	inline, err := parse("inline", []byte(m.Inline))
	if all = append(all, inline...); err != nil {
		return nil, steps.Final(err)
	}
	if len(all) == 0 {
		return nil, steps.Final(fmt.Errorf("there is no object in %s", strings.Join(m.Files, ", ")))
	}
	return all, nil
}

// expand is the file itself, or a folder's manifests.
func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(e.Name())) {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, steps.Final(fmt.Errorf("the folder %s holds no file that ends in .yaml, .yml or .json", path))
	}
	return files, nil
}

// parse reads the documents of one file; its errors name the document.
func parse(name string, data []byte) ([]*unstructured.Unstructured, error) {
	var all []*unstructured.Unstructured
	documents := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for n := 1; ; n++ {
		doc, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		var objects []*unstructured.Unstructured
		if err == nil {
			objects, err = decode(doc)
		}
		if err != nil {
			return nil, fmt.Errorf("%s, document %d: %w", name, n, err)
		}
		all = append(all, objects...)
	}
}

// decode reads one document: an object, a list of them, or nothing.
func decode(doc []byte) ([]*unstructured.Unstructured, error) {
	data, err := yaml.YAMLToJSONStrict(doc)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(bytes.TrimSpace(data), []byte("null")) {
		return nil, nil
	}
	var kind struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := json.Unmarshal(data, &kind); err != nil || kind.APIVersion == "" || kind.Kind == "" {
		return nil, errors.New("it is no manifest: apiVersion or kind is missing")
	}
	object := new(unstructured.Unstructured)
	if err := object.UnmarshalJSON(data); err != nil {
		return nil, err
	}
	if !object.IsList() {
		return []*unstructured.Unstructured{object}, named(object)
	}
	var all []*unstructured.Unstructured
	err = object.EachListItem(func(item runtime.Object) error {
		one := item.(*unstructured.Unstructured)
		all = append(all, one)
		return named(one)
	})
	return all, err
}

func named(object *unstructured.Unstructured) error {
	if object.GetName() == "" {
		return fmt.Errorf("the %s has no metadata.name", object.GetKind())
	}
	return nil
}
