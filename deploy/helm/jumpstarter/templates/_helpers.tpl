{{- define "jumpstarter.selector" -}}
app.kubernetes.io/name: jumpstarter
app.kubernetes.io/component: {{ . }}
{{- end }}

{{- define "jumpstarter.metadata" -}}
{{- /* takes root, name, component, annotations, labels */ -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "jumpstarter.selector" .component | nindent 2 }}
  app.kubernetes.io/part-of: jumpstarter
  {{- with omit (.labels | default dict) "app.kubernetes.io/name" "app.kubernetes.io/component" "app.kubernetes.io/part-of" }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "jumpstarter.controllerEndpoint" -}}
{{ .Values.endpoint | default (printf "jumpstarter-controller.%s.svc:8082" .Release.Namespace) }}
{{- end }}

{{- /* takes root, n: the public endpoint of one router */ -}}
{{- define "jumpstarter.routerEndpoint" -}}
{{- $v := .root.Values -}}
{{- if not $v.routers.endpoint -}}
jumpstarter-router-{{ .n }}.{{ .root.Release.Namespace }}.svc:8083
{{- else -}}
{{- $endpoint := $v.routers.endpoint | replace "{n}" (toString .n) -}}
{{- if eq $v.exposure.type "nodePort" -}}
{{ regexReplaceAll ":[0-9]+$" $endpoint "" }}:{{ add (int $v.exposure.nodePort.firstRouter) .n }}
{{- else -}}
{{ $endpoint }}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* takes root, component: the Secret with its certificate; empty when it makes its own */ -}}
{{- define "jumpstarter.certificateSecret" -}}
{{- if eq .root.Values.certificates.source "certManager" -}}
jumpstarter-{{ .component }}-tls
{{- else if eq .root.Values.certificates.source "secret" -}}
{{ required "certificates.secretName: it must name a TLS Secret of the namespace" .root.Values.certificates.secretName }}
{{- else if eq .component "router" -}}
jumpstarter-tls
{{- end -}}
{{- end }}

{{- define "jumpstarter.serviceType" -}}
{{ get (dict "nodePort" "NodePort" "loadBalancer" "LoadBalancer") .Values.exposure.type | default "ClusterIP" }}
{{- end }}

{{- define "jumpstarter.outward" -}}
{{- if has .Values.exposure.type (list "nodePort" "loadBalancer") }}{{ toYaml .Values.exposure.annotations }}{{ else }}{}{{ end }}
{{- end }}

{{- /* takes root, component: what both pods have alike, around .container */ -}}
{{- define "jumpstarter.pod" -}}
{{- $v := .root.Values -}}
{{- $secret := include "jumpstarter.certificateSecret" . -}}
metadata:
  labels:
    {{- include "jumpstarter.selector" .component | nindent 4 }}
spec:
  serviceAccountName: jumpstarter-{{ .component }}
  automountServiceAccountToken: {{ eq .component "controller" }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .grace }}
  {{- with $v.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . | quote }}
    {{- end }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile:
      type: RuntimeDefault
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "jumpstarter.selector" .component | nindent 10 }}
  volumes:
    - name: tmp
      emptyDir:
        sizeLimit: 64Mi
    {{- with $secret }}
    - name: tls
      secret:
        secretName: {{ . }}
    {{- end }}
  containers:
    - name: {{ .component }}
      image: "{{ $v.image.repository }}:{{ $v.image.tag }}"
      imagePullPolicy: {{ $v.image.pullPolicy }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
      lifecycle:
        preStop:
          exec:
            command: [sleep, "5"]
      volumeMounts:
        - name: tmp
          mountPath: /tmp
        {{- if $secret }}
        - name: tls
          mountPath: /etc/jumpstarter/tls
          readOnly: true
        {{- end }}
      resources:
        requests:
          cpu: {{ .resources.cpu | quote }}
          memory: {{ .resources.memory | quote }}
        limits:
          memory: {{ .resources.memoryLimit | quote }}
      {{- .container | nindent 6 }}
{{- end }}

{{- define "jumpstarter.certificateEnvironment" -}}
- name: EXTERNAL_CERT_PEM
  value: /etc/jumpstarter/tls/tls.crt
- name: EXTERNAL_KEY_PEM
  value: /etc/jumpstarter/tls/tls.key
{{- end }}
