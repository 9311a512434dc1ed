package server

import (
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	velerov1 "github.com/vmware-tanzu/velero/pkg/apis/velero/v1"

	"github.com/drplan/drplan/steps"
)

const query = "?X-Amz-Signature=hunter2"

// store serves one gzipped file as an object storage does, which Go's client must not
// unpack by itself, and 404 and 403 elsewhere.
func store(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/log":
		packed := gzip.NewWriter(w)
		io.WriteString(packed, "the log")
		packed.Close()
	case "/plain":
		io.WriteString(w, "not packed")
	case "/denied":
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
	default:
		http.NotFound(w, r)
	}
}

func TestFetch(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(store))
	defer server.Close()
	loc := &velerov1.BackupStorageLocation{}
	var got bytes.Buffer
	if err := fetch(t.Context(), server.URL+"/log"+query, loc, &got, true); err != nil || got.String() != "the log" {
		t.Errorf("got %q, %v", got.String(), err)
	}
	for path, want := range map[string]string{"/denied": "AccessDenied", "/none": ErrNoFile.Error(), "/plain": "not gzipped"} {
		err := fetch(t.Context(), server.URL+path+query, loc, &got, true)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestFetchTrustsWhatTheLocationDoes(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(store))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is to fail
	server.StartTLS()
	defer server.Close()
	get := func(spec velerov1.BackupStorageLocationSpec) error {
		loc := &velerov1.BackupStorageLocation{Spec: spec}
		loc.Name = "east"
		return fetch(t.Context(), server.URL+"/log"+query, loc, io.Discard, true)
	}
	err := get(velerov1.BackupStorageLocationSpec{})
	if err == nil || !strings.Contains(err.Error(), "caCert of the BackupStorageLocation east") || !steps.IsFinal(err) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an unknown authority: %v", err)
	}
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := get(velerov1.BackupStorageLocationSpec{StorageType: velerov1.StorageType{ObjectStorage: &velerov1.ObjectStorageLocation{CACert: ca}}}); err != nil {
		t.Errorf("caCert: %v", err)
	}
	if err := get(velerov1.BackupStorageLocationSpec{Config: map[string]string{"insecureSkipTLSVerify": "true"}}); err != nil {
		t.Errorf("insecureSkipTLSVerify: %v", err)
	}
}

// TestFetchFromWhereOnlyPodsGet: the error says what to set.
func TestFetchFromWhereOnlyPodsGet(t *testing.T) {
	loc := &velerov1.BackupStorageLocation{}
	loc.Name = "east"
	url := "http://minio.velero.svc.cluster.invalid:9000/x" + query
	err := fetch(t.Context(), url, loc, io.Discard, true)
	if err == nil || !strings.Contains(err.Error(), "set publicUrl in the config of the BackupStorageLocation east") || strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
	loc.Spec.Config = map[string]string{"publicUrl": "http://minio.velero.svc.cluster.invalid:9000"}
	if err := fetch(t.Context(), url, loc, io.Discard, true); err == nil || !strings.Contains(err.Error(), "which is the publicUrl") {
		t.Error(err)
	}
}
