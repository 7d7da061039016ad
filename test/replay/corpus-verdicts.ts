/**
 * What a replay without a rule file decides about each capture of the corpus: how often, and what.
 * What is permitted and passes as it came has no row of its own; `data` is what would have become of
 * the data connections that are in the capture. Last is how many commands the engine has begun with:
 * as many as tshark finds (`-Y ftp.request.command`), but for what stands behind the end of a session or
 * under TLS, and lines that are no command.
 *
 * Captures of which something is refused, replaced, closed, noted, lost or not covered were read
 * line by line beside their rows, and what is not plain to see is said there. Of the long ones
 * (`cwd-navigation`, `many-port-expected`) the commands were counted. All other rows are what the
 * replay says, kept so that a change shows.
 */
export const CORPUS_VERDICTS: Readonly<Record<string, readonly string[]>> = {
  'OISF_suricata-verify__tests_bug-8489_bug-8489-01_bug-8489-01.pcap': ['1 session', '4 command'],
  // An EPRT of IPv6 on IPv4; and the server says QUIT itself.
  'OISF_suricata-verify__tests_detect-ftp_ftp-active-dynamic_port-02_ftp-active-dynamic_port.pcap':
    ['1 session', '1 reject port.family', '1 close reply.command', '3 command'],
  'OISF_suricata-verify__tests_detect-ftp_ftp-mode-02_input.pcap': [
    '1 session',
    '2 reject port.malformed',
    '6 command',
  ],
  'OISF_suricata-verify__tests_filestore-ftp-active-mode_ftp-active-mode.pcap': [
    '1 session',
    '1 data pinhole',
    '7 command',
  ],
  'OISF_suricata-verify__tests_filestore-ftp-passive-mode_ftp-passive-mode.pcap': [
    '1 session',
    '1 data pinhole',
    '7 command',
  ],
  // pyftpdlib connects before it answers PORT.
  'OISF_suricata-verify__tests_firewall_ruletype-firewall-116-ftp-all-data-ipv4_input.pcap': [
    '2 session',
    '14 data pinhole',
    '7 note data.early',
    '48 command',
  ],
  // Lines of its FEAT reply end in a bare line feed.
  'OISF_suricata-verify__tests_ftp-epsv_input.pcap': [
    '1 session',
    '1 close reply.malformed',
    '4 command',
  ],
  'OISF_suricata-verify__tests_ftp_ftp-bounce_test.pcap': [
    '2 session',
    '1 reject port.foreign-address',
    '6 command',
  ],
  'OISF_suricata-verify__tests_ftp_ftp-too-long-command_ftp-too-long-command.pcap': [
    '1 session',
    '1 close cmd.too-long',
    '5 command',
  ],
  'OISF_suricata-verify__tests_ftp_ftp-upload-active_input.pcap': [
    '1 session',
    '3 data pinhole',
    '12 command',
  ],
  'OISF_suricata-verify__tests_ftp_ftp-upload-passive_input.pcap': [
    '1 session',
    '3 data pinhole',
    '12 command',
  ],
  'zeek_zeek__ftp_bigtransfer.pcap': ['1 session', '2 data pinhole', '12 command'],
  'zeek_zeek__ftp_bruteforce.pcap': ['30 session', '90 command'],
  // A server behind NAT: all its 689 replies to PASV name another address. One of them, and one of
  // 687 RETR, are next to segments that are missing.
  'zeek_zeek__ftp_cwd-navigation.pcap': [
    '7 session',
    '688 replace pasv.foreign-address',
    '686 reject setup.refused',
    '9 gap',
    '6 mid-stream',
    '3445 command',
  ],
  // The client says everything before the greeting.
  'zeek_zeek__ftp_fake-server-delays-all.pcap': ['1 session', '1 close cmd.early'],
  'zeek_zeek__ftp_ftp-auth-tls.pcap': [
    '1 session',
    '1 opaque',
    '1 note server.closed',
    '2 command',
  ],
  'zeek_zeek__ftp_ftp-many-port-expected.pcap': [
    '1 session',
    '500 reject login.required',
    '500 command',
  ],
  'zeek_zeek__ftp_ftp-missing-reply-code.pcap': ['1 session', '1 close reply.command', '3 command'],
  'zeek_zeek__ftp_ipv4.pcap': ['1 session', '4 data pinhole', '15 command'],
  'zeek_zeek__ftp_ipv6-multiline-reply.pcap': ['1 session', '11 command'],
  'zeek_zeek__ftp_ipv6.pcap': ['1 session', '5 data pinhole', '22 command'],
  'zeek_zeek__ftp_retr.pcap': ['1 session', '1 data pinhole', '10 command'],
  'zeek_zeek__globus-url-copy.pcap': [
    '1 session',
    '1 reject auth.mechanism',
    '1 diverged',
    '1 data none capture.diverged',
    '1 command',
  ],
  'zeek_zeek__pe_pe-single.control-only.pcap': ['1 session', '15 command'],
  'arkime_arkime__tests_pcap_ftp.pcap': ['1 session', '2 command'],
  'cisco_mercury__unit_tests_pcaps_ftp2.pcap': ['1 session', '1 data pinhole', '11 command'],
  'ntop_nDPI__ftp.pcap': ['1 session', '2 data pinhole', '16 command'],
  'ntop_nDPI__ftp_failed.pcap': ['1 session', '3 command'],
  // Server to server, seen from the passive side: the other server's data connection is turned away.
  // Its PORT in the other direction is refused.
  '_lab__fxp-plain.bf0.pcap': [
    '1 session',
    '1 reject cmd.denied',
    '1 data none data.foreign-peer',
    '1 reject port.foreign-address',
    '1 reject setup.refused',
    '1 data none port.foreign-address',
    '16 command',
  ],
  '_lab__fxp-plain.cf0.pcap': [
    '2 session',
    '1 reject cmd.denied',
    '2 reject port.foreign-address',
    '2 reject setup.refused',
    '33 command',
  ],
  '_lab__fxp-plain.sf0.pcap': [
    '1 session',
    '1 reject port.foreign-address',
    '1 reject setup.refused',
    '1 data none port.foreign-address',
    '1 data none data.foreign-peer',
    '17 command',
  ],
  '_lab__nat-snat-kernelhelper.cf0.pcap': [
    '2 session',
    '7 data pinhole',
    '2 reject port.foreign-address',
    '1 reject port.privileged',
    '27 command',
  ],
  '_lab__nat-snat-kernelhelper.sf0.pcap': [
    '2 session',
    '7 data pinhole',
    '2 reject port.foreign-address',
    '1 reject port.privileged',
    '27 command',
  ],
  // LPSV is refused, and the client connects to where its reply said. The third foreign address ends
  // the session.
  '_lab__probe-inetutils-v4.pcap': [
    '1 session',
    '4 data pinhole',
    '3 reject cmd.denied',
    '1 data none not-announced',
    '1 reject port.family',
    '3 reject port.foreign-address',
    '1 close port.foreign-address',
    '26 command',
  ],
  // Seven announcements behind EPSV ALL; XYZZY is longer than any verb.
  '_lab__probe-proftpd-v4.pcap': [
    '1 session',
    '4 data pinhole',
    '3 reject cmd.denied',
    '1 reject port.family',
    '7 reject epsv-all',
    '1 reject cmd.syntax',
    '34 command',
  ],
  '_lab__probe-pure-v4.pcap': [
    '1 session',
    '4 data pinhole',
    '3 reject cmd.denied',
    '1 reject port.family',
    '7 reject epsv-all',
    '1 reject cmd.syntax',
    '34 command',
  ],
  '_lab__probe-vsftpd-v4.pcap': [
    '1 session',
    '4 data pinhole',
    '3 reject cmd.denied',
    '1 reject port.family',
    '7 reject epsv-all',
    '1 reject cmd.syntax',
    '34 command',
  ],
  '_lab__probe-vsftpd-v6.pcap': [
    '1 session',
    '2 data pinhole',
    '2 reject port.family',
    '2 reject cmd.denied',
    '12 command',
  ],
  '_lab__proftpd-ccc-pasv-epsv-port-eprt.pcap': [
    '6 session',
    '6 opaque',
    '8 clear',
    '4 data pinhole',
    '29 command',
  ],
  '_lab__proftpd-long-multiline-banner-lookalike.pcap': [
    '2 session',
    '3 data pinhole',
    '15 command',
  ],
  // One of the clients ignores the address in the 227, which nobody has announced then.
  '_lab__proftpd-masquerade-227-other-ip.pcap': [
    '3 session',
    '4 replace pasv.foreign-address',
    '1 reject setup.refused',
    '1 data none not-announced',
    '2 data none pasv.foreign-address',
    '17 command',
  ],
  '_lab__vsftpd-authssl-authtls-tls12-pasv-port.pcap': [
    '4 session',
    '4 opaque',
    '4 data none opaque',
    '3 note server.closed',
    '4 command',
  ],
  '_lab__vsftpd-authtls-pipelined-injection.pcap': [
    '1 session',
    '1 close auth.pipelined',
    '1 command',
  ],
  '_lab__vsftpd-clients-active-passive-mix.pcap': ['11 session', '17 data pinhole', '104 command'],
  '_lab__vsftpd-http-to-ftp-port.pcap': ['1 session', '1 close proto.http'],
  '_lab__vsftpd-implicit990-tls13-tls12.pcap': [
    '3 session',
    '3 opaque',
    '3 data none opaque',
    '2 note server.closed',
  ],
  '_lab__vsftpd-lossy-nonat.cf0.pcap': ['9 session', '9 data pinhole', '69 command'],
  '_lab__vsftpd-lossy-nonat.sf0.pcap': ['9 session', '9 data pinhole', '69 command'],
  'odedshimon_BruteShark__Pcap_Examples_PCAPNG_Examples_Ftp.pcapng': [
    '1 session',
    '1 data pinhole',
    '11 command',
  ],
}
