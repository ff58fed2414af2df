"""Addresses of sign-in and accounts."""

from __future__ import annotations

from django.urls import path

from itaku.desk.accounts import account_views, passkey_views, people_views, views

urlpatterns = [
    path("sign-in/", views.sign_in, name="sign-in"),
    path("sign-in/code/", views.sign_in_code, name="sign-in-code"),
    path("sign-in/passkey/options", passkey_views.options_to_sign_in, name="sign-in-passkey-options"),
    path("sign-in/passkey/", passkey_views.sign_in, name="sign-in-passkey"),
    path("sign-in/first/<str:secret>/", views.first_password, name="first-password"),
    path("sign-out/", views.sign_out, name="sign-out"),
    path("account/", account_views.account, name="account"),
    path("account/sessions/", account_views.end_sessions, name="end-sessions"),
    path("account/password/", account_views.password, name="password"),
    path("account/second-factor/", account_views.second, name="second-factor"),
    path("account/passkeys/options", passkey_views.options_to_register, name="passkey-options"),
    path("account/passkeys/", passkey_views.register, name="passkeys"),
    path("people/", people_views.roster, name="people"),
    path("people/register/", people_views.register, name="register-person"),
    path("people/acts/<int:pk>/", people_views.privileged_act, name="privileged-act"),
    path("people/<int:pk>/", people_views.person, name="person"),
    path("people/<int:pk>/seat", people_views.change_seat, name="person-seat"),
    path("people/<int:pk>/step", people_views.take_step, name="person-step"),
]
