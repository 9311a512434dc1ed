// Package appconfig holds no code, only the tests of the example beside it: an
// application is deployed again from a git bundle in S3.
package appconfig
