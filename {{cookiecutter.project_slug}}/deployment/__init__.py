"""Lo que solo sirve para desplegar; nada de esto se importa cuando el flujo corre."""
