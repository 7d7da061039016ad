/** Tests of pyftpdlib that pass directly and not through the proxy, by the reason. */
const BY_REASON: Readonly<Record<string, readonly string[]>> = {
  'a 227 that names another address than the server is refused': [
    'TestConfigurableOptions.test_masquerade_address',
    'TestConfigurableOptions.test_masquerade_address_map',
  ],
  'the client is told a port of the proxy, not one of the server': [
    'TestConfigurableOptions.test_passive_ports',
  ],
  'a port below 1024 is refused, whatever the server permits': [
    'ThreadedFTPTests.test_permit_privileged_ports',
  ],
  'the command is refused in the words of the proxy; the code is the same': [
    'TestFtpCmdsSemantic.test_arg_cmds',
    'TestFtpCmdsSemantic.test_auth_cmds',
    'TestFtpCmdsSemantic.test_no_arg_cmds',
    'TestIPv4Environment.test_eprt',
    'TestIPv4Environment.test_eprt_v4',
    'TestIPv4Environment.test_port_v4',
    'TestIPv6Environment.test_eprt',
    'TestIPv6Environment.test_eprt_v6',
  ],
  'that the server has closed the connection is said with 421 before it closes': [
    'TestConfigurableOptions.test_max_login_attempts',
    'TestFtpAuthentication.test_max_auth',
  ],
  '421 is the end of the control connection (RFC 959), so it is closed': [
    'TestTimeouts.test_pasv_timeout',
  ],
  'USER and REIN wait for the end of the transfer, which here waits for their replies': [
    'TestFtpAuthentication.test_rein_during_transfer',
    'TestFtpAuthentication.test_user_during_transfer',
  ],
  'PORT waits for the end of the transfer before it, which here waits for PORT': [
    'TestFtpStoreData.test_stou',
    'TestFtpStoreDataNoSendfile.test_stou',
    'TestFtpStoreDataWithCustomIO.test_stou',
  ],
  'the proxy has accepted before it knows that the client does not': [
    'TestCornerCases.test_active_conn_error',
  ],
}

/** The reason, by the name of the test. */
export const NOT_THROUGH_THE_PROXY: ReadonlyMap<string, string> = new Map(
  Object.entries(BY_REASON).flatMap(([reason, names]) =>
    names.map((name): [string, string] => [name, reason]),
  ),
)
